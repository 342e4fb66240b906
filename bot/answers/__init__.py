"""What is answered to people in line, and to staff: coming, giving up, questions, when to come, remarks.

May import `bot.wording` and `bot.understanding`; not `bot.joining`, nor `bot.conversation`, which calls it.
"""
