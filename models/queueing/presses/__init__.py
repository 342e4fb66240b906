"""Presses of servicers' buttons, and Undo. The topmost part of `models/queueing/`: imports all the others."""
