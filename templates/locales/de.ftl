# Deutsch. Bezeichner wie in en.ftl; was hier fehlt, steht dort auf Englisch.

lang = de

## Zahlen und Geld

number-group = .
number-point = ,
money = { $sign }{ $amount }{"\u00A0"}{ $currency }
percent = { $number }{"\u00A0"}%
points = { $number }{"\u00A0"}Pp.
under = unter { $size }
counted = { $part } von { $whole }
counted-interval = { $part } von { $whole } ({ $low }–{ $high }{"\u00A0"}%)
seconds = { $s }{"\u00A0"}s
minutes = { $min }{"\u00A0"}min
minutes-seconds = { $min }{"\u00A0"}min{"\u00A0"}{ $s }{"\u00A0"}s
hours = { $h }{"\u00A0"}h
hours-minutes = { $h }{"\u00A0"}h{"\u00A0"}{ $min }{"\u00A0"}min
hours-minutes-seconds = { $h }{"\u00A0"}h{"\u00A0"}{ $min }{"\u00A0"}min{"\u00A0"}{ $s }{"\u00A0"}s
days = { $d }{"\u00A0"}Tage
thousands = { $number }{"\u00A0"}Tsd.
millions = { $number }{"\u00A0"}Mio.
billions = { $number }{"\u00A0"}Mrd.
trillions = { $number }{"\u00A0"}Bio.
n-equals = n{"\u00A0"}={"\u00A0"}{ $n }
not-available = k.{"\u00A0"}A.
no-figure = kein Wert
nothing = nichts

## Tage und Zeiträume

months-short = Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.
months = Januar Februar März April Mai Juni Juli August September Oktober November Dezember
day-of-month = { $day }.{"\u00A0"}{ $month }
days-of-month = { $from }.–{ $to }.{"\u00A0"}{ $month }
with-year = { $days } { $year }
span = { $from } – { $to }
moment = { $day }, { $time }
period-week = KW{"\u00A0"}{ $n }
period-week-tick = KW{ $n }
period-month = { $month }{"\u00A0"}{ $year }
period-quarter = Q{ $n }{"\u00A0"}{ $year }
period-quarter-tick = Q{ $n }
period-with-days = { $name } ({ $days })
period-with-year = { $name } { $year }
period-from = { $name } (ab { $day })
period-window = { $period }, { $window ->
    [mtd] Monat bis dahin
    [qtd] Quartal bis dahin
    [ytd] Jahr bis dahin
   *[t12m] 12 Monate
 }
window-name = { $window ->
    [mtd] Monat bis dahin
    [qtd] Quartal bis dahin
    [ytd] Jahr bis dahin
    [t12m] Zwölf Monate
   *[period] { grain } für sich
 }
window-days = { $days }, { $count } Tage
grain = { $grain ->
    [week] Woche
    [month] Monat
    [quarter] Quartal
   *[year] Jahr
 }
periods = { $grain ->
    [week] { $count ->
        [one] 1{"\u00A0"}Woche
       *[other] { $count }{"\u00A0"}Wochen
     }
    [month] { $count ->
        [one] 1{"\u00A0"}Monat
       *[other] { $count }{"\u00A0"}Monate
     }
    [quarter] { $count ->
        [one] 1{"\u00A0"}Quartal
       *[other] { $count }{"\u00A0"}Quartale
     }
   *[year] { $count ->
        [one] 1{"\u00A0"}Jahr
       *[other] { $count }{"\u00A0"}Jahre
     }
 }
in-a-row-since = { $periods } in Folge, seit { $since }

## Urteil, Betreff und Vorschauzeile

verdict-no-figures = Keine Werte für diesen Zeitraum.
verdict-no-targets = Es sind keine Ziele gesetzt.
verdict-met = { $count ->
    [1] Das Ziel ist erreicht.
    [2] Beide Ziele sind erreicht.
   *[other] Alle { $count } Ziele sind erreicht.
 }
verdict-missed = { $judged ->
    [one] { $missed } von { $judged } Ziel verfehlt.
   *[other] { $missed } von { $judged } Zielen verfehlt.
 }
verdict-not-judged = { $count ->
    [one] 1 Ziel ließ sich nicht beurteilen.
   *[other] { $count } Ziele ließen sich nicht beurteilen.
 }
subject = { $verdict } · { $title } { $period }
subject-provisional = { $verdict } · { $title } { $period } · vorläufig
subject-was = { $title } { $now }, zuvor { $before }
subject-target = { $title } { $now }, Ziel { $target }
subject-unusual = { $title } { $now }, außerhalb des Üblichen
subject-above = { $title } { $now }, üblich bis { $line }
subject-below = { $title } { $now }, üblich ab { $line }
subject-run = { $title } { $now }, { $side ->
    [above] über
   *[below] unter
 } dem Mittel von { $line }
subject-figure = { $title } { $now }
subject-missed = { $title } verfehlt
subject-missed-some = { $judged ->
    [one] { $missed } von { $judged } Ziel verfehlt
   *[other] { $missed } von { $judged } Zielen verfehlt
 }
subject-met = { $count ->
    [1] Das Ziel ist erreicht
    [2] Beide Ziele sind erreicht
   *[other] Alle { $count } Ziele sind erreicht
 }
subject-met-some = { $judged } von { $count } Zielen beurteilt, alle erreicht
subject-no-figures = Keine Werte
preheader-also = Außerdem: { $headlines }.
figure-changed = { $figure }, { $change }
sentence = { $text }.

## Ausnahmen

headline = { $title }: { $value }
headline-better = { $title }: { $value }, besser als üblich
headline-worse = { $title }: { $value }, schlechter als üblich
headline-unusual = { $title }: { $value }, außerhalb des Üblichen
headline-conflict = { $title }: { $value }, besser, während { $guardrail } schlechter wurde
headline-target = { $title }: { $value }, Ziel { $target }
more-exceptions = { $count } weitere: { $headlines }.
more-exceptions-among = { $count } weitere, darunter { $headlines }.
without-figure = ohne Wert
value-counted = { $value } ({ $counted })
value-business-hours = { $value } Geschäftszeit
told = { $title } lag in { $period } bei { $value }.
told-above-target = { $title } lag in { $period } bei { $value }, { $size } über dem Ziel.
told-below-target = { $title } lag in { $period } bei { $value }, { $size } unter dem Ziel.
told-guardrail-of = Das ist die Leitplanke von { $title }; dort ist das Ziel erreicht: { $value }, Ziel { $target }.
told-new-level = Wenn das künftig so bleibt, kann die verantwortliche Person es als neue Vergleichsbasis annehmen.
run-met-before = { $grain ->
    [week] In der Woche
    [month] Im Monat
    [quarter] Im Quartal
   *[year] Im Jahr
 } davor war das Ziel erreicht.
run-missed = { $periods } in Folge verfehlt, seit { $since }.
compared-none = Kein Vergleich mit { $with ->
    [year] dem Vorjahr
   *[previous] { $grain ->
        [week] der Woche davor
        [month] dem Monat davor
        [quarter] dem Quartal davor
       *[year] dem Jahr davor
     }
 }: { $why }.
compared-unchanged = Unverändert gegenüber { $was } in { $basis }.
compared-up = { $size } mehr als { $was } in { $basis }.
compared-down = { $size } weniger als { $was } in { $basis }.
signal-outside = Der Wert liegt { $side ->
    [above] über
   *[below] unter
 } seiner Grenze von { $edge }; üblich sind { $low } bis { $high } (beurteilt nach { $from } bis { $to }).
signal-run = Der Wert liegt seit { $periods } { $side ->
    [above] über
   *[below] unter
 } seinem Mittel von { $mean }; üblich sind { $low } bis { $high } (beurteilt nach { $from } bis { $to }).
signal-near = Der Wert liegt dreimal in vier Zeiträumen nahe seiner Grenze von { $edge }; üblich sind { $low } bis { $high } (beurteilt nach { $from } bis { $to }).
signal-change-outside = Die Veränderung von Zeitraum zu Zeitraum liegt { $side ->
    [above] über
   *[below] unter
 } ihrer Grenze von { $edge }; üblich sind { $low } bis { $high } (beurteilt nach { $from } bis { $to }).
signal-change-run = Die Veränderung von Zeitraum zu Zeitraum liegt seit { $periods } { $side ->
    [above] über
   *[below] unter
 } ihrem Mittel von { $mean }; üblich sind { $low } bis { $high } (beurteilt nach { $from } bis { $to }).
signal-change-near = Die Veränderung von Zeitraum zu Zeitraum liegt dreimal in vier Zeiträumen nahe ihrer Grenze von { $edge }; üblich sind { $low } bis { $high } (beurteilt nach { $from } bis { $to }).
signal-since = Ein Signal { $since }.
signal-short = Signal: { $side ->
    [above] über
   *[below] unter
 } den Grenzen
signal-short-run = Signal: seit { $periods } { $side ->
    [above] über
   *[below] unter
 } dem Mittel
signal-short-near = Signal: nahe der Grenze, { $side ->
    [above] über
   *[below] unter
 } dem Mittel
signal-short-change = Signal: Veränderung { $side ->
    [above] über
   *[below] unter
 } den Grenzen
signal-short-change-run = Signal: Veränderung seit { $periods } { $side ->
    [above] über
   *[below] unter
 } dem Mittel
signal-short-change-near = Signal: Veränderung nahe der Grenze, { $side ->
    [above] über
   *[below] unter
 } dem Mittel
segment = { $name } { $value }
moved-segment = Am stärksten bewegt durch { $segment }: { $now } (n{"\u00A0"}={"\u00A0"}{ $n }).
moved-segment-was = Am stärksten bewegt durch { $segment }: { $now }, zuvor { $before } (n{"\u00A0"}={"\u00A0"}{ $n }).
moved-part = Gegenüber { $against ->
    [baseline] der Vergleichsbasis
   *[previous] dem Zeitraum davor
 } erklärt { $segment } { $part } von { $change }: { $now }, zuvor { $before }.
moved-mix = Mehr als die Hälfte der Veränderung ({ $mix }) kommt aus verschobenen Anteilen der Segmente.
guardrail-met = Die Leitplanke, { $title }, hat ihr Ziel erreicht: { $value }.
guardrail-missed = Auch die Leitplanke, { $title }, hat ihr Ziel verfehlt: { $value }.
guardrail-is = Die Leitplanke, { $title }: { $value }.
guardrail-was = Die Leitplanke, { $title }: { $value }, zuvor { $before }.
guardrail-worse = Das ist besser geworden, während die Leitplanke, { $title }, { $better ->
    [higher] unter ihr Übliches fiel
    [lower] über ihr Übliches stieg
   *[neutral] ihr Übliches verließ
 }: { $value }.
guardrail-worse-was = Das ist besser geworden, während die Leitplanke, { $title }, { $better ->
    [higher] unter ihr Übliches fiel
    [lower] über ihr Übliches stieg
   *[neutral] ihr Übliches verließ
 }: { $value }, zuvor { $before }.
reason-not-recorded = nicht vermerkt
reason-share = { $reason } ({ $function }) { $share }
reasons-none-money = Für nichts vom verlorenen MRR ist ein Grund vermerkt.
reasons-none = Bei keinem der verlorenen Kunden ist ein Grund vermerkt.
reasons-money = Gründe: { $reasons }. Bekannt für { $share } des verlorenen MRR.
reasons = Gründe: { $reasons }. Bekannt bei { $share } verlorenen Kunden.
account-part = { $account } ({ $part })
largest-parts = Größte Anteile: { $accounts }.
most-of-it = Das meiste davon: { $accounts }.

## Diagramme

chart-title = { $title }, { $periods } bis { $period }
chart-figures = { $title }: { $figures }.
chart-target = Ziel { $target }.
chart-year-ago = Vor einem Jahr { $value }.
chart-label-target = Ziel { $target }
chart-label-year-ago = Vorjahr { $value }
walk-title = Vom Anfangs- zum End-MRR
walk-figures = Weg des Geldes, { $period }: { $lines }.
walk-axis = Die Achse beginnt bei { $from } statt bei null, damit man die Bewegungen sieht.
walk-opening = MRR am Anfang
walk-new = Neu
walk-reactivation = Rückkehr
walk-expansion = Ausweitung
walk-contraction = Verringerung
walk-churn = Abwanderung
walk-transfer = Übertrag
walk-fx = Wechselkurse
walk-closing = MRR am Ende
customers = { $count ->
    [one] { $n } Kunde
   *[other] { $n } Kunden
 }

## Kennzahlen

kind-outcome = Ergebnis
kind-driver = Treiber
status-met = Erreicht
status-missed = Verfehlt
status-no-target = Kein Ziel
status-too-few = Zu wenige
status-no-figure = Kein Wert
at-least = mindestens { $value }
at-most = höchstens { $value }
missed-by = um { $size }
missed-by-run = um { $size }, { $periods } in Folge
unchanged = unverändert
change-better = { $arrow }{"\u00A0"}{ $size }, besser
change-worse = { $arrow }{"\u00A0"}{ $size }, schlechter
change = { $arrow }{"\u00A0"}{ $size }
size-both = { $relative } ({ $absolute })
own-period = { grain } für sich { $value }
note-twelve-months = zwölf Monate
note-business-hours = Geschäftszeit
range-always = { $periods }: immer { $value }
range-between = { $periods }: zwischen { $low } und { $high }
basis-days = { $known } von { $count } Tagen
basis-shift = −{ $days }{"\u00A0"}Tage
basis-window = { $days } ({ $count } Tage)
window-year-ago = { $change }, zuvor { $was } in { $days }
spark-title = { $title }, { $range }
more-metrics-page = { $count ->
    [one] 1 weitere Kennzahl auf der Seite: { $parts }.
   *[other] { $count } weitere Kennzahlen auf der Seite: { $parts }.
 }
more-metrics-not-printed = { $count ->
    [one] 1 weitere Kennzahl, hier nicht gedruckt: { $parts }.
   *[other] { $count } weitere Kennzahlen, hier nicht gedruckt: { $parts }.
 }
dimension-fit = Passung der Kunden
dimension-churn = Abwanderung
dimension-growth = Wachstum
dimension-advocacy = Weiterempfehlung
dimension-adoption = Nutzung
dimension-value = Nutzen für den Kunden
dimension-sla = Servicegrad
dimension-quality = Qualität
dimension-operations = Betrieb

## Abbildungen: Prozesskarten, Ereignisse, Verteilungen, die sechs Dimensionen, Kohorten

chart-label-mean = Mittel { $value }
chart-label-limit = Grenze { $value }
chart-label-signal = Signal
chart-label-median = Median { $value }
chart-label-p90 = 9 von 10 binnen { $value }
chart-label-baseline = Maßstab { $from }–{ $to }
chart-label-baseline-short = Maßstab
chart-axis-from = Achse ab etwa { $from }, nicht ab null
chart-axis-cut = Die Achse beginnt nicht bei null
chart-point = { $period }: { $value }
chart-point-signal = { $period }: { $value }, ein Signal
chart-none = Keine Abbildung: Kein gezeigter Zeitraum hat einen Wert.
chart-one = Keine Abbildung: Nur { $period } hat einen Wert, { $value }.
event = { $text } ({ $day })
event-mark = { $mark } – { $events }
events-marked = Markiert: { $events }.
events-earlier = { $count ->
    [one] Ein früheres Ereignis ist nicht markiert.
   *[other] { $count } frühere Ereignisse sind nicht markiert.
 }
process-title = { $title }, { grain } für { grain }
process-title-own = { $title }, jeder Zeitraum ({ grain }) für sich
process-title-changes = { $title }, Veränderung von { grain } zu { grain }
process-words = { $title }, { $first } bis { $last }: üblich sind { $low } bis { $high }, im Mittel { $mean } (beurteilt nach { $from } bis { $to }). Zuletzt: { $latest }.
process-point = { $period } { $value }
process-point-signal = { $period } { $value } (Signal)
judged-figures = { $count ->
    [one] Der beurteilte Wert
   *[other] Alle { $count } beurteilten Werte
 }
unjudged = Keine Grenzen: { $why }.
spread-title = Wie sich verteilt: { $title } (n{"\u00A0"}={"\u00A0"}{ $n })
spread-note = Jeder Balken umfasst etwa das Doppelte des vorigen.
spread-hidden = Nicht gezeigt: { $n } Fälle, weniger als { $least }.
spread-under = unter { $to }
spread-over = { $from } und mehr
spread-between = { $from } bis unter { $to }
spread-words = { $title }. { $bins }. Median { $median }, 90. Perzentil { $p90 }.
dimension-not-measured = Nicht gemessen: { $why }.
dimension-not-measured-how = Nicht gemessen: { $why }. Um das zu ändern: { $how }.
dimension-no-figure = { $title }: kein Wert, { $why }.
cohort-month = { $month }{"\u00A0"}{ $year }
cohort-too-few = zu wenige
cohorts-all = Alle zusammen
cohorts-money = Ihr MRR
cohorts-note = Kunden nach dem Monat ihrer ersten Zahlung, und wie viele von ihnen am Ende jedes Monats seither zahlen; Monat 0 ist ihr eigener. Kohorten von weniger als { $small } werden gezählt, nicht in Prozent gesetzt. Die eines Jahres und alle zusammen werden neu ausgezählt, über die Kohorten, die einen Monat erreicht haben, nie gemittelt; MRR ist der derselben Kunden zu den Kursen ihres ersten Monats, gemessen an dessen Ende. Die Tönung wiederholt die Zahl: dunkler ab { $steps }.
cohorts-label = Gehaltene Kunden nach dem Monat ihrer ersten Zahlung
heading-dimensions = Sechs Dimensionen
heading-cohorts = Gehaltene Kunden
column-dimension = Dimension
column-status = Stand
column-judged = Beurteilt
column-verdict = Urteil
column-between = Zwischen
column-cases = Fälle
column-first-paid = Erste Zahlung
column-customers = Kunden
column-month = Monat
verdict-signal = Signal
verdict-routine = üblich

## Zusagen an Segmente, Korrekturen, Daten

promise-headline = { $segment }: { $text }
promise-kept = Gehalten
promise-broken = Gebrochen
promise-too-few = Zu wenige für ein Urteil
promise-at-least = { $title } { $value }, zugesagt mindestens { $target }.
promise-at-most = { $title } { $value }, zugesagt höchstens { $target }.
promise-at-least-spread = { $title } { $value }, zugesagt mindestens { $target }; gehalten bei { $kept } von { $accounts } Kunden, von { $p10 } (10. Perzentil) bis { $p90 } (90.).
promise-at-most-spread = { $title } { $value }, zugesagt höchstens { $target }; gehalten bei { $kept } von { $accounts } Kunden, von { $p10 } (10. Perzentil) bis { $p90 } (90.).
restated = { $title }, { $period }: { $old } → { $new }. Veröffentlicht in Ausgabe { $number } zu { $edition }; { $cause }.
restated-more = { $count } weitere Werte früherer Ausgaben haben sich geändert: siehe die Seite.
forced = Auf Anordnung von { $by } gedruckt, obwohl eine Prüfung scheiterte ({ $checks }): { $reason }
forced-by-operator = der Betriebsverantwortung
never-pulled = nie abgerufen
pulled = abgerufen am { $at }, { $records } Datensätze
coverage = { $system }: { $share } des MRR zugeordnet, { $matched } von { $total } Kunden
coverage-unknown = { $system }: Anteil am MRR unbekannt, { $matched } von { $total } Kunden zugeordnet
shown-of = { $shown } von { $total }
no-name = (ohne Namen)
detail = { $column } { $value }

## Was Verantwortliche sagen und zusagen

heading-promises = Zusagen
heading-comments = Was Verantwortliche sagen
owner-said = Verantwortlich ({ $name }, { $day }):
owner-last = Letzte Erklärung ({ $name }, { $day }, zu { $period }):
owner-late = Zu { $period }, nach deren Ausgabe ({ $name }, { $day }):
owner-more = { $count ->
    [one] 1 weiterer Kommentar dazu.
   *[other] { $count } weitere Kommentare dazu.
 }
owner-silent = Kein Kommentar der Verantwortlichen (gefragt am { $day }).
owner-not-in-time = Die Verantwortlichen wurden nicht rechtzeitig um einen Kommentar gebeten (gefragt am { $day }).
owner-promise-overdue = { $days ->
    [one] Seit 1{"\u00A0"}Tag überfällig
   *[other] Seit { $days }{"\u00A0"}Tagen überfällig
 }
owner-promise-due-today = Heute fällig
owner-promise-due = { $days ->
    [one] In 1{"\u00A0"}Tag fällig
   *[other] In { $days }{"\u00A0"}Tagen fällig
 }
owner-promise-kept = Gehalten
owner-promise-kept-late = { $days ->
    [one] Gehalten, 1{"\u00A0"}Tag zu spät
   *[other] Gehalten, { $days }{"\u00A0"}Tage zu spät
 }
owner-promise-due-on = { $owner }, fällig am { $due }
owner-promise-done-on = { $owner }, fällig am { $due }, erledigt am { $done }
overdue-one = { $days ->
    [one] { $text } ({ $owner }), 1{"\u00A0"}Tag
   *[other] { $text } ({ $owner }), { $days }{"\u00A0"}Tage
 }
overdue = { $count ->
    [one] Überfällige Zusage: { $promises }.
   *[other] { $count } überfällige Zusagen: { $promises }.
 }
overdue-and-more = { $count } überfällige Zusagen: { $promises }; und { $more } weitere.
more-promises-page = { $count ->
    [one] 1 weitere Zusage auf der Seite.
   *[other] { $count } weitere Zusagen auf der Seite.
 }
more-promises-not-printed = { $count ->
    [one] 1 weitere Zusage ist hier nicht abgedruckt.
   *[other] { $count } weitere Zusagen sind hier nicht abgedruckt.
 }
more-comments-page = { $count ->
    [one] 1 weitere Kennzahl mit Kommentar auf der Seite.
   *[other] { $count } weitere Kennzahlen mit Kommentar auf der Seite.
 }
more-comments-not-printed = { $count ->
    [one] 1 weitere Kennzahl mit Kommentar ist hier nicht abgedruckt.
   *[other] { $count } weitere Kennzahlen mit Kommentar sind hier nicht abgedruckt.
 }
ask-subject = Ihr Kommentar, bitte: { $headline } · { $title } { $period }
ask-subject-more = Ihr Kommentar, bitte: { $headline }, und { $more } weitere · { $title } { $period }
ask-intro = Im Entwurf von „{ $title }“, { $period }, braucht Folgendes eine Antwort von Ihnen.
ask-why = Was Sie sagen, wird mit der Zahl abgedruckt, in Ihren Worten. Sagen Sie nichts, wird auch das abgedruckt, sobald Sie vier Geschäftsstunden Zeit hatten.
ask-audience = Für { $recipient }, verantwortlich bei { $company }. Intern: nicht außerhalb des Unternehmens weitergeben.
ask-answer-to = Antworten an
ask-answer-with = Antworten mit

## Mail und Seite

heading-attention = Was Aufmerksamkeit braucht
heading-promised = Was Kunden zugesagt ist
heading-walk = Weg des Geldes
heading-scorecard = Kennzahlen
heading-restated = Seit der Veröffentlichung geändert
heading-data = Die Daten dahinter
heading-definitions = Definitionen
heading-check-failed = Eine Prüfung ist gescheitert
provisional-notice = Vorläufig: Diese Werte können sich noch ändern.
basis = Veränderungen gegenüber { $basis }.
basis-year-ago = Vorjahr ist { $basis }.
audience = Für { $team } bei { $company }. Intern: nicht außerhalb des Unternehmens weitergeben.
computed = Berechnet am { $at } ({ $zone }).
walk-unvalued = Nicht enthalten, weil ein Wechselkurs fehlt: { $amounts } MRR.
problem = Problem, { $subject }:
not-measured = Noch nicht gemessen:
not-measured-why = { $titles }; Grund: { $why }. Abhilfe: { $how }.
stale = veraltet
none-in-period = Keine in diesem Zeitraum: { $lists }.
open-page = Seite öffnen
open-page-rest = : alle Werte, Segmente und Definitionen.
text-open-page = Alle Werte, Segmente und Definitionen: { $link }
discuss = Diskussion:
discuss-rest = , oder auf diese Mail antworten.
row-target = Ziel { $target }
row-target-missed = Ziel { $target }, verfehlt { $variance }
row-no-figure = k.{"\u00A0"}A.: { $why }
row-change-none = Veränderung: { $why }
row-change-basis = { $change } (gegenüber { $basis })
row-year-ago = Vorjahr { $was } ({ $change })
row-year-ago-basis = Vorjahr { $was } in { $basis } ({ $change })
row-year-ago-none = Vorjahr: { $why }
page-all-figures = Alle Werte dazu
page-periods-of = Zeiträume: { $title }
page-periods-segments-of = Zeiträume und Segmente: { $title }
page-was = zuvor { $was }
page-was-basis = zuvor { $was }, { $basis }
column-metric = Kennzahl
column-figure = Wert
column-change = Veränderung
column-year-ago = Vorjahr
column-target = Ziel
column-trend = Verlauf
column-period = Zeitraum
column-to-date = Bis dahin
column-year-before = Ein Jahr davor
column-segment = Segment
column-before = Davor
no-target = keins
text-year-ago = Vorjahr { $was } ({ $change })
text-year-ago-basis = Vorjahr { $was } in { $basis } ({ $change })
text-year-ago-none = Vorjahr: { $why }
text-no-figure = k.{"\u00A0"}A., { $why }
text-target = Ziel { $target }: { $status }
