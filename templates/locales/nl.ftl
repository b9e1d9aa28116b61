# Separators only; the words are English until somebody writes them.

number-group = .
number-point = ,
