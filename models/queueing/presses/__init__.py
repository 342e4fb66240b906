"""Presses of servicers' buttons, and Undo: verbs that use those beside this folder."""
