# Switzerland: German words, Swiss separators.

number-group = ’
number-point = .
money = { $sign }{ $currency }{"\u00A0"}{ $amount }
