"""Presses of servicers' buttons, and Undo: operations that use those beside this folder."""
