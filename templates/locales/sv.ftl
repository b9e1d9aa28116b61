# Separators only; the words are English until somebody writes them.

number-group = {"\u00A0"}
number-point = ,
