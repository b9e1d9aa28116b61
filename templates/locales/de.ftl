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
verdict-met-some = { $met } von { $count } Zielen erreicht; { $rest } nicht zu beurteilen.
verdict-guardrail = Aber eine Leitplanke ist verfehlt: { $text }.
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
 } dem Mittel ({ $line })
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
subject-met-some = { $met } von { $count } Zielen erreicht, { $rest } nicht beurteilt
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
told = { $title }, { $period }: { $value }.
told-above-target = { $title }, { $period }: { $value }, { $size } über dem Ziel.
told-below-target = { $title }, { $period }: { $value }, { $size } unter dem Ziel.
told-guardrail-of = Das ist die Leitplanke zu { $title }; dort ist das Ziel erreicht: { $value }, Ziel { $target }.
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
compared-unchanged = Gegenüber { $basis } unverändert ({ $was }).
compared-up = Gegenüber { $basis } sind das { $size } mehr (damals { $was }).
compared-down = Gegenüber { $basis } sind das { $size } weniger (damals { $was }).
signal-outside = Der Wert liegt { $side ->
    [above] über
   *[below] unter
 } seiner Grenze ({ $edge }); üblich sind { $low } bis { $high } (beurteilt nach { $from } bis { $to }).
signal-run = Der Wert liegt schon { $periods } lang { $side ->
    [above] über
   *[below] unter
 } seinem Mittel ({ $mean }); üblich sind { $low } bis { $high } (beurteilt nach { $from } bis { $to }).
signal-near = Der Wert liegt dreimal in vier Zeiträumen nahe seiner Grenze ({ $edge }); üblich sind { $low } bis { $high } (beurteilt nach { $from } bis { $to }).
signal-change-outside = Die Veränderung von Zeitraum zu Zeitraum liegt { $side ->
    [above] über
   *[below] unter
 } ihrer Grenze ({ $edge }); üblich sind { $low } bis { $high } (beurteilt nach { $from } bis { $to }).
signal-change-run = Die Veränderung von Zeitraum zu Zeitraum liegt schon { $periods } lang { $side ->
    [above] über
   *[below] unter
 } ihrem Mittel ({ $mean }); üblich sind { $low } bis { $high } (beurteilt nach { $from } bis { $to }).
signal-change-near = Die Veränderung von Zeitraum zu Zeitraum liegt dreimal in vier Zeiträumen nahe ihrer Grenze ({ $edge }); üblich sind { $low } bis { $high } (beurteilt nach { $from } bis { $to }).
signal-since = Ein Signal { $since }.
signal-short = Signal: { $side ->
    [above] über
   *[below] unter
 } den Grenzen
signal-short-run = Signal: { $periods } lang { $side ->
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
signal-short-change-run = Signal: Veränderung { $periods } lang { $side ->
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
 } hat es sich um { $change } verändert: { $part } in { $segment } ({ $now }, zuvor { $before }).
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
walk-opening = Anfangs-MRR
walk-new = Neu
walk-reactivation = Rückkehr
walk-expansion = Ausweitung
walk-contraction = Verringerung
walk-churn = Abwanderung
walk-transfer = Übertrag
walk-fx = Wechselkurse
walk-closing = End-MRR
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
range-between = { $periods }: { $low } bis { $high }
basis-days = { $known } von { $count } Tagen
basis-shift = −{ $days }{"\u00A0"}Tage
basis-window = { $days } ({ $count } Tage)
window-year-ago = { $change }, zuvor { $was }, { $days }
spark-title = { $title }, { $range }
counted-status = { $count }-mal { $status }
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
events-as-above = Markiert wie oben.
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
promise-at-least-spread = { $title } { $value }, zugesagt mindestens { $target }; gehalten bei { $kept } von { $accounts } Kunden, { $p10 } (10. Perzentil) bis { $p90 } (90.).
promise-at-most-spread = { $title } { $value }, zugesagt höchstens { $target }; gehalten bei { $kept } von { $accounts } Kunden, { $p10 } (10. Perzentil) bis { $p90 } (90.).
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
detail = { $column }: { $value }

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
row-year-ago-basis = Vorjahr { $was }, { $basis } ({ $change })
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
text-year-ago-basis = Vorjahr { $was }, { $basis } ({ $change })
text-year-ago-none = Vorjahr: { $why }
text-no-figure = k.{"\u00A0"}A., { $why }
text-target = Ziel { $target }: { $status }

definition-parts = Der Wert ist { $parts }.
definition-rows = Zeilen dahinter:
definition-sql = SQL von { $title }
definition-made-from = Gemacht aus

## Ein einzelner Kunde

account-title = Kundenbericht
account-subject = { $name }: { $headline } · Kundenbericht { $period }
account-subject-plain = { $name } · Kundenbericht { $period }
account-short = { $label } { $value }
account-headline = { $label }: { $value }
account-headline-same = { $label }: { $value }, wie zuvor
account-headline-was = { $label }: { $value }, zuvor { $before }
account-nothing = Über diesen Kunden ließ sich nichts messen.
account-was = zuvor { $value }
account-unknown = unbekannt
account-unknown-why = unbekannt: { $why }
account-previous = { $whose } · „zuvor“ ist { $period }
account-withheld = Nicht gedruckt, weil eine Prüfung fehlschlug: { $check }.
account-internal = intern
account-heading-internal = Intern: so nicht für den Kunden bestimmt
account-audience = Diese Abschnitte enthalten Urteile, Schätzungen und Internes: { $sections }. Die übrigen sind Daten des Kunden selbst; auch davon abgesprochene Zahlen zeigen, nicht diese Seite.
account-audience-own = Er enthält Daten des Kunden selbst; auch davon abgesprochene Zahlen zeigen, nicht diese Seite.
account-unmatched = { $count ->
    [one] Nicht alles ist über diesen Kunden bekannt: { $systems } kennt ihn nicht. Was fehlt, steht am Ende.
   *[other] Nicht alles ist über diesen Kunden bekannt: { $systems } kennen ihn nicht. Was fehlt, steht am Ende.
 }
account-heading-promised = Was Kunden wie diesem versprochen ist
account-heading-nothing = Nichts zu berichten
account-no-case = Kein Fall bekannt
account-heading-matches = Welche Systeme ihn kennen
account-matched = { $id } ({ $method ->
    [map] durch account_map.csv
    [domain] durch seine bestätigte E-Mail-Domain
   *[id] durch die Kennung selbst
 })
account-no-id = weiß nichts von ihm: keine Kennung ist zugeordnet
account-not-connected = nicht verbunden, oder es fand sich nichts
account-not-known = Nicht bekannt:
account-open-page-rest = : jede Zeile jedes Abschnitts.
account-text-open-page = Jede Zeile jedes Abschnitts: { $link }
account-footer = Intern: nicht außerhalb des Unternehmens weiterzugeben.
section-attention = Vor dem Termin
    .empty = Kein Anzeichen für Ärger unter denen, nach denen gesucht wird: Zahlungen, Ziele, Kritiker, Nutzung, Zusagen, Gutschriften, Verlängerung.
section-profile = Wer sie sind
section-mrr = MRR über zwölf Monate
section-movements = Was ihr MRR verändert hat
    .empty = Ihr MRR hat sich in diesen zwölf Monaten nicht verändert.
section-billing = Rechnungen und Zahlungen
section-unpaid = Am Ende des Zeitraums unbezahlt
    .note = Die Zahlungsversuche sind die heute bekannten: Eine Schnittstelle sagt nicht, wie viele es an einem Tag gewesen waren.
    .empty = Nichts war unbezahlt.
section-tickets = Tickets
    .note = Eine Antwort oder Lösung zählt in dem Zeitraum, in dem sie sich entschied: gegeben, oder über ihr Ziel hinaus. Zeiten sind in Geschäftszeit.
section-ticket_priority = Tickets nach Priorität
    .empty = Kein Ticket im Zeitraum.
section-missed_targets = Verfehlte Supportziele
    .empty = Im Zeitraum wurde kein Ziel verfehlt.
section-open_tickets = Am Ende des Zeitraums offene Tickets
    .note = Worum es in einem Ticket geht, wird hier nicht aufbewahrt: im Helpdesk unter seiner Nummer nachsehen.
    .empty = Keines war offen.
section-adoption = Nutzung des Produkts
    .note = Nutzung ist noch kein Nutzen: Was sie gewinnen, steht gesondert.
section-usage = Aktive Personen je Monat
section-events = Was sie taten
    .empty = Von ihnen war im Zeitraum nichts zu sehen.
section-value = Ihr Nutzen, zwölf Monate
    .note = Nutzen wie erfasst, an dem Tag, an dem er erfasst wurde, abzüglich dessen, was sie zahlten: Nichts von ihrer Nutzung fließt ein. Gezahlt ist der MRR für die Zeit, in der er galt.
section-outcomes = Erfasster Nutzen
    .empty = Keiner in diesen zwölf Monaten.
section-answers = Was sie auf Fragen sagten, zwölf Monate
    .note = Abgerufen werden nur Punkte, keine Worte und keine Namen.
    .empty = Niemand von ihnen hat in diesen zwölf Monaten auf eine Befragung geantwortet.
section-ratings = Bewertungen von Tickets, zwölf Monate
    .note = Die Worte zu einer Bewertung werden nicht abgerufen: im Helpdesk unter der Nummer des Tickets nachlesen.
    .empty = Sie haben in diesen zwölf Monaten kein Ticket bewertet.
section-renewals = Laufzeiten, die in neunzig Tagen enden
    .empty = In den nächsten neunzig Tagen endet keine Laufzeit von mehr als sechs Monaten.
section-commitments = Was ihnen zu einem Termin versprochen war
    .empty = In den zwölf Monaten davor war nichts fällig, und in den neunzig Tagen danach ist nichts fällig.
section-credits = Vertragliche Verfügbarkeit, zwölf Monate
    .empty = Ihnen war in diesen zwölf Monaten keine Verfügbarkeit vertraglich zugesagt.
section-incidents = Störungen im Zeitraum
    .note = Die Statusseite sagt, was ausgefallen war, nicht für wen: Daneben steht, wie viele Tickets sie vom Beginn bis einen Tag nach dem Ende eröffneten.
    .empty = Keine Störung fiel in den Zeitraum.
list-oldest_open_tickets = Älteste offene Tickets
list-bad_ratings = Schlecht bewertete Tickets
list-accounts_without_owner = Zahlende Kunden, um die sich niemand kümmert
list-feature_use = Personen nach dem, was sie taten; größte Verluste zuerst
list-commitments_due = Offene Zusagen: fällig in dreißig Tagen, und überfällige
list-invoices_corrected = Rechnungen, die zu berichtigen waren
list-overdue_invoices = Überfällige Rechnungen
list-new_accounts = Neue Kunden und wie gut sie passen

## Arbeitsmappe, Dateien und Anhänge

heading-files = Die Werte als Daten
file-workbook = Arbeitsmappe (XLSX)
file-scorecard = Kennzahlen (CSV)
file-list = { $title } (CSV)
file-print = Druckfassung (PDF)
attached = Im Anhang: { $files }.
not-attached = Nicht angehängt, weil Anhänge auf { $limit } begrenzt sind: { $files }. Zu finden neben der Seite im Archiv.
not-attached-link = Nicht angehängt, weil Anhänge auf { $limit } begrenzt sind: { $files }. Zu finden neben der Seite: { $link }
book-read-me = Lies mich
book-attention = Braucht Aufmerksamkeit
book-segments = Segmente
book-periods = Zeiträume
book-to-date = Bis dahin
book-walk = Weg des Geldes
book-factors = Warum MRR verloren ging
book-promises = Zusagen an Segmente
book-restated = Seither geändert
book-definitions = Definitionen
book-item = Was
book-is = Wert
book-metric = Kennzahl
book-team = Team
book-kind = Art
book-unit = Einheit
book-covers = Umfasst
book-figure = Wert
book-no-figure = Warum keiner da ist
book-n = n
book-numerator = Zähler
book-denominator = Nenner
book-low = Untergrenze (95 %)
book-high = Obergrenze (95 %)
book-before = Davor
book-change = Veränderung
book-change-percent = Veränderung, %
book-basis = Verglichen mit
book-no-comparison = Warum kein Vergleich
book-year-ago = Vorjahr
book-year-change = Veränderung zum Vorjahr
book-year-change-percent = Veränderung zum Vorjahr, %
book-year-basis = Vorjahr ist
book-no-year-ago = Warum kein Vorjahr
book-target = Ziel
book-variance = Gegenüber dem Ziel
book-status = Stand
book-segment = Segment
book-segment-value = Ausprägung
book-period = Zeitraum
book-first-day = Erster Tag
book-last-day = Letzter Tag
book-rule = Warum es erwähnt ist
book-since = Seit
book-run = Zeiträume in Folge
book-moved-by = Segment, das es bewegt hat
book-behind = Kunden dahinter
book-line = Zeile
book-amount = Betrag
book-customers = Kunden
book-reason = Grund
book-function = Verantwortlich
book-churned = Verlorener MRR
book-share = Anteil
book-promise = Zusage
book-kept = Gehalten
book-kept-for = Gehalten für Kunden
book-of-customers = Von Kunden
book-published = Veröffentlicht
book-today = Heute
book-edition = Ausgabe
book-cause = Ursache
book-definition = Definition
book-name = Name
book-hash = Prüfsumme
book-in-hours = { $title } (Stunden)
book-in-business-hours = { $title } (Geschäftsstunden)
book-unit-count = Anzahl
book-unit-number = Zahl
book-unit-hours = Stunden
book-unit-business-hours = Geschäftsstunden
book-window = { $window ->
    [mtd] Monat bis dahin
    [qtd] Quartal bis dahin
    [ytd] Jahr bis dahin
    [t12m] 12 Monate
   *[period] den Zeitraum
 }
book-rule-target = Ziel verfehlt
book-rule-guardrail = ihre Leitplanke wurde verfehlt
book-rule-conflict = besser, während ihre Leitplanke schlechter wurde
book-rule-signal = außerhalb des Gewohnten
book-too-few = zu wenige für einen Prozentsatz: siehe Anzahlen und Intervall
book-edition-of = { $number } von { $period }
book-unvalued = Nicht enthalten, kein Wechselkurs: MRR in { $currency }
book-company = Unternehmen
book-report = Bericht
book-for = Für
book-computed = Berechnet
book-computed-at = { $at } ({ $zone })
book-currency = Währung
book-customers-are = Kunden erscheinen
book-customers-shown = { $how ->
    [names] mit Namen
    [ids] mit Kennung
   *[none] gar nicht
 }
book-provisional = Vorläufig
book-forced = Gedruckt, obwohl eine Prüfung gescheitert ist
book-withheld = Zurückgehalten
book-problem = Problem
book-not-measured = Noch nicht gemessen
book-source = Quelle
book-coverage = Zugeordnet
book-cut = Liste gekürzt
book-of-section = { $section }: { $text }
book-how = Wie man es liest
book-note-internal = Intern: nicht außerhalb des Unternehmens weitergeben.
book-note-empty = Ein leerer Wert ist nicht bekannt; die Spalte daneben sagt, warum. Er ist nie eine Null.
book-note-units = Dauern sind Stunden mit Nachkommastellen; Geschäftsstunden sind Stunden der Geschäftszeit des Teams. Veränderungen von Prozentsätzen sind Prozentpunkte (pp).
book-note-digits = Geld ist exakt. Eine Zelle fasst fünfzehn Stellen: weitere Stellen von Mittelwerten und Quoten sind gerundet; ein Betrag oder eine Anzahl, die eine Stelle verlöre, steht Ziffer für Ziffer als Text da.
book-note-formulas = Text, der wie eine Formel beginnt (=, +, -, @), ist als Text gekennzeichnet und wird nie gerechnet, auch nicht nach dem Bearbeiten hier.
book-note-few = Wenige Fälle ergeben keinen Prozentsatz: Anzahlen und das Intervall, das sie zulassen, stehen an seiner Stelle.

## Korrekturen

heading-corrected = Was sich geändert hat
heading-completed = Damals vorläufig, jetzt vollständig
correction-headline = Korrektur: { $title } · { $period }
correction-intro = { $count ->
    [one] Ein Wert der Ausgabe { $number }, versandt am { $at }, ist inzwischen ein anderer. Die übrigen Kennzahlen gelten weiter.
   *[other] { $n } Werte der Ausgabe { $number }, versandt am { $at }, sind inzwischen andere. Die übrigen Kennzahlen gelten weiter.
 }
correction-complete = Die Ausgabe { $number }, versandt am { $at }, war vorläufig. Jetzt ist sie vollständig, und ihre Kennzahlen gelten.
correction-walk = Weg des Geldes, { $line }
correction-status = { $old } → { $new }.
correction-told = Braucht jetzt Aufmerksamkeit.
correction-untold = Braucht keine Aufmerksamkeit mehr.
correction-cause = Ursache: { $cause }.
correction-once = Diese Ausgabe wird einmal per Mail korrigiert. Was sich später ändert, steht in der nächsten.
term-it-was-not-known-then = es war damals nicht bekannt
term-what-it-is-judged-by-changed = woran es gemessen wird, hat sich geändert
term-the-records-behind-it-changed = die Datensätze dahinter haben sich geändert

## Warum eine Ausgabe vorläufig ist, und warum ein früherer Wert sich geändert hat

late-never-pulled = { $source }: noch nicht vollständig abgerufen
late-source = { $source }: zuletzt abgerufen am { $at }, vor dem Ende des Zeitraums
late-shrunk = { $source } { $stream }: { $rows } Datensätze statt zuvor { $before }
late-dried-up = { $source } { $stream }: { $rows } Datensätze am Tag, bisher nie weniger als { $least }
cause-definition = die Definition hat sich geändert
cause-setting = eine zugrunde liegende Einstellung hat sich geändert
cause-identity = Konten wurden neu zugeordnet
cause-rates = Wechselkurse haben sich geändert
cause-records = die Datensätze dahinter haben sich geändert
cause-unknown = die Ursache ist nicht bekannt: was die Ausgabe aufbewahrt hat, ist nicht lesbar
cause-added = { $count ->
    [one] 1 Datensatz kam später hinzu
   *[other] { $n } Datensätze kamen später hinzu
 }
cause-changed = { $count ->
    [one] 1 Datensatz hat sich geändert
   *[other] { $n } Datensätze haben sich geändert
 }
cause-removed = { $count ->
    [one] 1 Datensatz zählt nicht mehr
   *[other] { $n } Datensätze zählen nicht mehr
 }
cause-and = { $one }, { $other }
cause-example = { $cause } ({ $example })
cause-erasure = ein Kunde wurde vergessen, wie es der Datenschutz verlangt

## Was mit den Daten kommt: Kennzahlen, mit Definition. Der Bezeichner ist metric- und der Name der Kennzahl.

# Nutzung

metric-activation_rate = Aktivierungsquote
    .definition = Konten, die das Aktivierungsereignis ([product] activation_event) innerhalb von activation_days Tagen nach ihrem
        ersten bezahlten Tag erreichten, geteilt durch die Konten, deren Frist dafür im Zeitraum ablief. Ein Konto, das im Produkt
        unbekannt ist, hat es nicht erreicht.
metric-active_account_share = Anteil aktiver Kunden
    .definition = Zahlende Kunden, bei denen im Zeitraum jemand mindestens eine wesentliche Handlung ausführte, geteilt durch die
        Kunden, die an seinem Ende zahlten. Die übrigen zahlen für etwas, das sie nicht nutzen, oder nutzen es unter einem Namen,
        der keinem Konto zugeordnet ist.
metric-active_accounts = Aktive Konten
    .definition = Konten, bei denen im Zeitraum jemand mindestens eine wesentliche Handlung ausführte ([product]
        meaningful_events). Eine Anmeldung genügt nicht, und aktiv zu sein heißt noch nicht, einen Nutzen zu haben.
metric-feature_adoption = Verbreitung der Funktionen
    .definition = Aktive Konten, die im Zeitraum eine der beobachteten Funktionen ([product] features) nutzten, geteilt durch alle
        aktiven Konten.
metric-lifecycle = Personen nach Nutzungsphase
    .definition = Personen bekannter Konten, die im Zeitraum oder in dem davor eine wesentliche Handlung ausführten. Neu: zum
        ersten Mal, seit die Nutzung aufgezeichnet wird. Wiederkehrend: in beiden. Zurückgekommen: in diesem, nicht in dem davor,
        aber schon früher. Verstummt: in dem davor und nicht in diesem, gezählt nur im ersten stillen Zeitraum. Wer zu zwei Konten
        gehört, zählt in jedem. Der erste aufgezeichnete Zeitraum hat keine Werte: Was davor war, ist nicht bekannt.
metric-seat_utilisation = Genutzte Nutzerplätze
    .definition = Personen zahlender Kunden, die im Zeitraum eine wesentliche Handlung ausführten, höchstens so viele wie bezahlte
        Plätze, geteilt durch die am Ende bezahlten Plätze ([product] seats: Die Mengen der Abonnements sind Plätze). Der Rest ist
        bezahlt und bleibt ungenutzt.
metric-stickiness = Nutzungsdichte (mittlere DAU ÷ MAU)
    .definition = Tage, an denen eine Person eine wesentliche Handlung ausführte, summiert über die im Zeitraum aktiven Personen,
        geteilt durch das Produkt aus diesen Personen und den Tagen des Zeitraums: das Mittel der täglich Aktiven je aktiver Person.
        Für Wochen gelten die 28 Tage, die mit der Woche enden. Wer zu zwei Konten gehört, zählt in jedem.
metric-time_to_value = Zeit bis zum ersten Nutzen
    .definition = Median der Zeit, in ganzen Tagen, vom ersten bezahlten Tag eines Kontos bis zu seinem Aktivierungsereignis
        ([product] activation_event), über Konten, deren Frist activation_days im Zeitraum ablief und die es bis dahin erreichten:
        dieselben Konten wie in der Aktivierungsquote. Konten, die es nicht erreichten, werden dort gezählt und haben keine Zeit. Vor
        dem ersten bezahlten Tag erreicht heißt: keine Zeit.
metric-wau = Wöchentlich aktive Personen
    .definition = Personen bekannter Konten, die an einem der sieben Tage, die mit dem Zeitraum enden, mindestens eine wesentliche
        Handlung ausführten ([product] meaningful_events); bei Wochen also in der Woche. Wer zu zwei Konten gehört, zählt einmal.

# Weiterempfehlung

metric-detractor_followup_hours = Zeit bis zur Rückmeldung an Kritiker
    .definition = Zeit von einer Antwort mit 0 bis 6 Punkten bis zur ersten Rückmeldung an das Konto (followups.csv oder ein dafür
        eröffnetes Ticket mit [support] followup_tag), über Antworten, auf die im Zeitraum eine Rückmeldung kam: der Median und
        daneben das 90.{"\u00A0"}Perzentil. Wer noch wartet, steht in der Liste der Kritiker ohne Rückmeldung.
metric-detractor_followup_hours_p90 = Zeit bis zur Rückmeldung an Kritiker, 90.{"\u00A0"}Perzentil
    .definition = { metric-detractor_followup_hours.definition }
metric-nps = Net Promoter Score (NPS)
    .definition = Anteil der Antworten 9 und 10 abzüglich des Anteils der Antworten 0 bis 6, mal 100, über die im Zeitraum gegebenen
        Antworten.
metric-nps_response_rate = Rücklauf der Befragung
    .definition = Im Zeitraum gegebene Antworten auf Befragungen von 0 bis 10, geteilt durch die Zahl der Anzeigen einer solchen
        Befragung im Zeitraum, nur Personen bekannter Konten. Wem sie erneut gezeigt wird, der ist erneut gefragt.
metric-survey_responses = Antworten auf die Befragung
    .definition = Antworten auf Befragungen mit Punktwert im Zeitraum: worauf der NPS beruht.

# Abwanderung

metric-attributed_churn_share = Abwanderung mit bekanntem Grund
    .definition = Abgewanderter MRR, für den die verantwortliche Person oder die Abrechnung einen Grund vermerkt hat, geteilt durch
        den gesamten abgewanderten MRR.
metric-churned_mrr = Abgewanderter MRR
    .definition = MRR der Konten, die am Anfang des Zeitraums MRR hatten und an seinem Ende keinen, bewertet zum Wechselkurs am
        Ende. Er zählt, wenn das Abonnement endet, nicht schon mit der Kündigung.
metric-contraction_mrr = MRR aus Verringerungen
    .definition = Rückgang des MRR der Konten, die an beiden Enden des Zeitraums MRR hatten, bewertet zum Wechselkurs am Ende.
metric-customer_churn = Kundenabwanderung
    .definition = Konten mit MRR am Anfang des Zeitraums und ohne MRR an seinem Ende, geteilt durch die Konten mit MRR am Anfang.
metric-early_churn = Verloren innerhalb von 90 Tagen
    .definition = Konten, die 90 Tage nach dem Tag ihres ersten MRR keinen mehr hatten, geteilt durch die Konten, für die dieser
        Stichtag in den Zeitraum fiel. Über jedes Konto wird einmal entschieden, an diesem Tag: Wer später geht oder zurückkommt,
        ändert nichts daran.
metric-gross_mrr_churn = Brutto-MRR-Verlust
    .definition = Durch Abwanderung und Verringerung verlorener MRR, geteilt durch den MRR am Anfang des Zeitraums, zum Wechselkurs
        am Anfang. Ausweitungen werden nie dagegen aufgerechnet. Kunden sind hier die Konten mit MRR am Anfang.
metric-grr = Brutto-Umsatzbindung (GRR)
    .definition = Erhaltener MRR der Konten, die am Anfang des Zeitraums MRR hatten, jedes höchstens mit seinem anfänglichen MRR
        gezählt, geteilt durch diesen anfänglichen MRR (1 minus Brutto-MRR-Verlust).
metric-involuntary_churn_share = Unfreiwilliger Anteil der Abwanderung
    .definition = Abgewanderter MRR, dessen Grund eine fehlgeschlagene oder bestrittene Zahlung ist, geteilt durch den gesamten
        abgewanderten MRR.
metric-net_mrr_churn = Netto-MRR-Verlust
    .definition = Abwanderung und Verringerung abzüglich Ausweitung, geteilt durch den MRR am Anfang des Zeitraums (1 minus NRR).
        Negativ, wenn die Ausweitung die Verluste überwiegt; zurückgekehrte Kunden sind nicht enthalten.
metric-nrr = Netto-Umsatzbindung (NRR)
    .definition = MRR am Ende des Zeitraums der Konten, die an seinem Anfang MRR hatten, geteilt durch ihren MRR am Anfang, zum
        Wechselkurs am Anfang. Neue und zurückgekehrte Konten sind nicht enthalten.
metric-renewals_due_90d = Verlängerungen in den nächsten 90 Tagen
    .definition = MRR am Ende des Zeitraums der Abonnementpositionen, die für mehr als sechs Monate im Voraus bezahlt werden und
        deren Laufzeit in den 90 Tagen danach endet, zum Wechselkurs am Ende: worüber Kunden zu entscheiden haben. Bereits gekündigte
        sind enthalten.
metric-scheduled_churn_mrr = Vorgemerkte Abwanderung
    .definition = MRR am Ende des jüngsten Zeitraums der Abonnements, deren Ende vorgemerkt und noch nicht eingetreten ist. Bekannt
        ist nur der jüngste Zeitraum: Frühere Vormerkungen werden nicht aufbewahrt.

# Passung der Kunden

metric-bad_fit_churn_gap = Mehrverlust bei nicht passenden Kunden
    .definition = Brutto-MRR-Verlust der Konten unterhalb des Kundenprofils ([fit] criteria und threshold) abzüglich desjenigen der
        Konten, die ihm entsprechen, in Prozentpunkten, zum Wechselkurs am Anfang. Das Profil gilt, wie es war, als das Konto zu
        zahlen begann. Unbekannt, solange es von einer der beiden Arten keine Kunden gibt. Die Zahl dahinter ist die der kleineren Art.
metric-good_fit_account_share = Anteil passender Kunden
    .definition = Zahlende Kunden, die dem Kundenprofil ([fit] criteria und threshold) entsprachen, als sie zu zahlen begannen,
        geteilt durch die Kunden, die am Ende des Zeitraums zahlten.
metric-good_fit_new_mrr_share = Neuer MRR von passenden Kunden
    .definition = Neuer MRR der Konten, die dem Kundenprofil ([fit] criteria und threshold) entsprechen, geteilt durch den gesamten
        neuen MRR. Das Profil gilt, wie es war, als das Konto zu zahlen begann.

# Wachstum

metric-arpa = MRR je Kunde
    .definition = MRR am Ende des Zeitraums, zum Wechselkurs an seinem Anfang, geteilt durch die zahlenden Kunden.
metric-arr = Jährlich wiederkehrender Umsatz (ARR)
    .definition = Das Zwölffache des MRR am Ende des Zeitraums: eine Hochrechnung des Standes, keine Prognose.
metric-expansion_mrr = MRR aus Ausweitungen
    .definition = Zuwachs des MRR der Konten, die an beiden Enden des Zeitraums MRR hatten, bewertet zum Wechselkurs am Ende.
metric-mrr = MRR
    .definition = Monatlich wiederkehrender Umsatz am Ende des Zeitraums, über alle Kunden. Kunde ist ein Konto mit mindestens einem
        bezahlten Abonnement. MRR ist der Preis der laufenden Abonnements je Monat, ohne Steuern und nach dauerhaften Rabatten;
        Testphasen, unbezahlte, einmalige und nach Verbrauch abgerechnete Posten zählen nicht.
metric-mrr_vs_plan = MRR im Verhältnis zum Plan
    .definition = MRR aller Kunden am Ende des Zeitraums, geteilt durch den für diesen Zeitpunkt geplanten MRR: die jüngste Zeile der
        targets.csv zur Kennzahl mrr, die vor dem Ende des Zeitraums beginnt. Der Plan gilt wie geplant, unabhängig von Wechselkursen.
metric-net_new_mrr = MRR-Nettozuwachs
    .definition = Neuer MRR, Rückkehr und Ausweitung abzüglich Verringerung und Abwanderung, zuzüglich Währungswechsel von Kunden,
        zwischen den beiden Enden des Zeitraums. Wechselkurse sind nicht enthalten. Wachstum kann darin Abwanderung verdecken: neben
        dem Brutto-MRR-Verlust zu lesen.
metric-new_mrr = Neuer MRR
    .definition = MRR am Ende des Zeitraums der Konten, die nie zuvor MRR hatten. Ein Konto, das innerhalb des Zeitraums kam und ging,
        ist nicht enthalten.
metric-overdue_receivables = Überfällige Forderungen
    .definition = Ausgestellte Rechnungen, deren Fälligkeit am Ende des Zeitraums verstrichen war und die bis dahin weder bezahlt noch
        storniert noch ausgebucht waren, zum Wechselkurs am Ende. Eine noch offene Rechnung zählt mit dem, was von ihr aussteht, eine
        inzwischen erledigte mit ihrem ganzen Betrag. Rechnungen ohne Fälligkeit werden sofort eingezogen: siehe Fehlgeschlagene
        Zahlungen.
metric-paying_accounts = Zahlende Kunden
    .definition = Konten mit einem MRR über null am Ende des Zeitraums.
metric-payment_failure_rate = Fehlgeschlagene Zahlungen
    .definition = Fehlgeschlagene Zahlungsversuche, geteilt durch alle Zahlungsversuche von Kunden im Zeitraum.
metric-quick_ratio = Zuwachs je Verlust (Quick Ratio)
    .definition = MRR aus Neukunden, Ausweitung und Rückkehr, geteilt durch den durch Abwanderung und Verringerung verlorenen MRR.
        Unbekannt in einem Zeitraum ganz ohne Verluste.
metric-reactivation_mrr = MRR aus Rückkehr
    .definition = MRR am Ende des Zeitraums der Konten, die an seinem Anfang keinen hatten, früher aber schon.
metric-top10_concentration = MRR-Anteil der zehn größten Kunden
    .definition = MRR der zehn Konten mit dem höchsten MRR am Ende des Zeitraums, geteilt durch den gesamten MRR, zum Wechselkurs am
        Anfang. In einem Segment: was diese zehn vom MRR des Segments ausmachen.
metric-trial_conversion = Gewonnene Testkunden
    .definition = Testphasen, aus denen binnen eines Tages nach ihrem Ende MRR wurde, geteilt durch die Testphasen, die im Zeitraum
        endeten, regulär oder vorzeitig. Eine vorzeitig abgebrochene zählt, wenn sie endet; keine zählt, bevor der Tag nach ihrem Ende
        vorüber ist. Wer später zahlt, ist ein neuer Kunde, kein gewonnener Testkunde.

# Betrieb

metric-commitments_met = Erfüllte Verfügbarkeitszusagen
    .definition = Konten, die am Ende eines Monats für einen Tarif mit zugesagter Verfügbarkeit ([[operations.commitments]]) zahlten
        und sie in diesem Monat bekamen, geteilt durch alle Konten, die für einen solchen Tarif zahlten. Ein Monat zählt in dem
        Zeitraum, in dem er endet: Eine Woche ohne Monatsende hat keinen Wert, ein Jahr zählt jedes Konto zwölfmal.
metric-cost_to_serve = Betreuungskosten je Kunde
    .definition = In costs.csv verzeichnete Kosten, jede gleichmäßig über ihre Tage verteilt, soweit sie in den Zeitraum fallen,
        geteilt durch die Kunden, die an seinem Ende zahlten, zum Wechselkurs am ersten Tag der Kosten. Unbekannt für Zeiträume nach
        dem letzten Tag, bis zu dem jede von allen geteilte Kostenart verzeichnet ist; eine Art, die nicht mehr anfällt, braucht eine
        Zeile mit 0. Nur insgesamt: Was geteilt wird, gehört zu keinem Segment.
metric-invoice_accuracy = Richtigkeit der Rechnungen
    .definition = Im Zeitraum ausgestellte Rechnungen, die weder storniert noch gutgeschrieben wurden, geteilt durch alle
        ausgestellten. Spätere Gutschriften ändern frühere Zeiträume und werden als nachträgliche Änderung gemeldet.
metric-on_time_delivery = Termintreue
    .definition = Im Zeitraum fällige Zusagen an Kunden, die bis zum zugesagten Tag erfüllt wurden, geteilt durch alle im Zeitraum
        fälligen. Was nicht geliefert ist, ist nicht pünktlich.
metric-time_to_live = Zeit bis zur Inbetriebnahme
    .definition = Median der Zeit vom Tag der Zusage bis zur Lieferung, über die im Zeitraum erfüllten Zusagen.

# Qualität

metric-bug_tickets_per_100_accounts = Fehlertickets je 100 Kunden
    .definition = Im Zeitraum erstellte und als Fehler gekennzeichnete Tickets zahlender Kunden ([support] bug_tag), mal 100, geteilt
        durch die Kunden, die an seinem Ende zahlten.
metric-error_free_sessions = Fehlerfreie Sitzungen
    .definition = Sitzungen ohne beobachteten Fehler, geteilt durch alle Sitzungen des Zeitraums, tageweise gezählt: Eine Sitzung über
        Mitternacht zählt an beiden Tagen. Enthalten sind die Sitzungen aller, auch ohne Konto.
metric-incidents = Störungen
    .definition = Ausfälle, die im Zeitraum begannen, wie den Kunden gemeldet; angekündigte Wartung zählt nicht.
metric-latency_p95 = Langsame Antworten, 95.{"\u00A0"}Perzentil (ms)
    .definition = Die Antwortzeit in Millisekunden, die 95 von 100 Anfragen des Zeitraums nicht überschritten (nächster Rang), aus der
        Zahl der Anfragen je Antwortzeit mit zwei gültigen Ziffern. Über alle Anfragen des Zeitraums, nie als Mittel von Tagen.
metric-mttr = Zeit bis zur Behebung
    .definition = Median der Zeit vom Beginn eines Ausfalls mit kritischer oder großer Auswirkung bis zu seinem Ende, über die
        Ausfälle, die im Zeitraum endeten. Ein andauernder Ausfall zählt erst, wenn er endet.
metric-prevention_share = Vorbeugende Korrekturen
    .definition = Korrekturen des Zeitraums, die eine ganze Klasse von Fehlern künftig verhindern (Art prevention in fixes.csv),
        geteilt durch alle Korrekturen. So bleibt die langfristige Arbeit neben den Reparaturen des Tages sichtbar.
metric-regression_share = Rückschritte unter den Fehlern
    .definition = Im Zeitraum erstellte Tickets, die als Fehler ([support] bug_tag) und zugleich als etwas gekennzeichnet sind, das
        schon einmal funktionierte ([support] regression_tag), geteilt durch alle als Fehler gekennzeichneten. Tickets Fremder zählen mit.
metric-uptime = Verfügbarkeit
    .definition = 1 minus Anteil des Zeitraums mit Ausfällen, gleichzeitige einmal gezählt, gewichtet nach gemeldeter Auswirkung
        (kritisch 100 %, groß 30 %, gering nicht). Ein Ausfall zählt mit dem Teil, der im Zeitraum liegt; dauert er an, zählt er bis
        zum Abruf der Daten, und so auch der Zeitraum.

# Servicegrad

metric-agent_load = Antworten je Bearbeiter
    .definition = Öffentliche Antworten jeder Person des Unternehmens, die im Zeitraum antwortete: der Median und daneben das
        90.{"\u00A0"}Perzentil. Zu sehen ist, wie gleichmäßig die Arbeit verteilt ist, nie, wer wie viel tat: Niemand wird genannt, und für
        Zeiträume, in denen weniger als fünf Personen antworteten, steht nichts.
metric-agent_load_p90 = Antworten je Bearbeiter, 90.{"\u00A0"}Perzentil
    .definition = { metric-agent_load.definition }
metric-backlog = Offene Tickets
    .definition = Tickets, die am Ende des Zeitraums neu, offen, wartend oder angehalten waren.
metric-backlog_age_p90 = Alter der offenen Tickets, 90.{"\u00A0"}Perzentil
    .definition = Kalenderzeit von der Erstellung bis zum Ende des Zeitraums, über Tickets, die dann neu, offen, wartend oder angehalten
        waren: Neun von zehn sind jünger. Die ältesten sind es, die ein Durchschnitt verbirgt.
metric-channel_mix = Tickets nach Kanal
    .definition = Im Zeitraum erstellte Tickets, insgesamt und nach dem Kanal, über den sie kamen, wie der Helpdesk ihn nennt.
metric-csat = Kundenzufriedenheit (CSAT)
    .definition = Gute Bewertungen, geteilt durch gute und schlechte Bewertungen des Zeitraums; angebotene, aber unbeantwortete zählen
        nicht.
metric-csat_response_rate = Rücklauf der Bewertungen
    .definition = Im Zeitraum gelöste Tickets, die der Kunde bewertete, gleich wann, geteilt durch die im Zeitraum gelösten, die es an
        seinem Ende noch waren. Antworten brauchen Tage: Der jüngste Zeitraum liegt niedriger, als er am Ende sein wird.
metric-first_reply_sla = Erstantwort-SLA
    .definition = Tickets, deren erste öffentliche Antwort eines Menschen innerhalb der Zielzeit kam, geteilt durch die im Zeitraum
        entschiedenen. Eine Frist gehört in den Zeitraum, in dem sie entschieden wurde: durch die Antwort oder durch das Überschreiten
        der Zielzeit. Fristen, die noch innerhalb ihrer Zielzeit laufen, zählen nirgends. Programme zählen nicht.
metric-first_reply_time = Zeit bis zur ersten Antwort
    .definition = Zeit von der Erstellung eines Tickets bis zur ersten öffentlichen Antwort eines Menschen, über die im Zeitraum erstmals
        beantworteten Tickets, in Geschäftszeit des Plans, dem das Ticket bei seiner Erstellung folgte (Kalenderzeit, wo es keinen gibt):
        der Median und daneben das 90.{"\u00A0"}Perzentil.
metric-first_reply_time_p90 = Zeit bis zur ersten Antwort, 90.{"\u00A0"}Perzentil
    .definition = { metric-first_reply_time.definition }
metric-next_reply_sla = Folgeantwort-SLA
    .definition = Nachfragen eines Kunden, die innerhalb der Zielzeit öffentlich beantwortet wurden, geteilt durch die im Zeitraum
        entschiedenen. Eine Frist gehört in den Zeitraum, in dem sie entschieden wurde: durch die Antwort oder durch das Überschreiten
        der Zielzeit. Fristen, die noch innerhalb ihrer Zielzeit laufen, zählen nirgends.
metric-one_touch_rate = Mit einer Antwort gelöste Tickets
    .definition = Tickets, die mit weniger als zwei öffentlichen Antworten des Unternehmens gelöst wurden, geteilt durch die im Zeitraum
        gelösten, die es an seinem Ende noch waren. Eröffnet ein Bearbeiter ein Ticket mit einem öffentlichen Kommentar, ist das die
        erste Antwort.
metric-out_of_hours_coverage = Antworten außerhalb der Geschäftszeit
    .definition = Tickets, die außerhalb der Öffnungszeit des damals für sie geltenden Plans erstellt wurden und deren erste öffentliche
        Antwort eines Menschen vor der nächsten Öffnung kam, geteilt durch solche Tickets, deren Plan im Zeitraum wieder öffnete.
        Programme zählen nicht.
metric-proactive_share = Vorausschauende Tickets
    .definition = Im Zeitraum erstellte Tickets, die das Unternehmen eröffnete, bevor der Kunde fragen musste, wie ihre Kennzeichnung
        sagt ([support] proactive_tag), geteilt durch die im Zeitraum erstellten Tickets.
metric-reopen_rate = Wieder geöffnete Tickets
    .definition = Wie oft im Zeitraum ein gelöstes Ticket wieder geöffnet wurde, geteilt durch wie oft eines gelöst wurde.
metric-resolution_sla = Lösungs-SLA
    .definition = Tickets, die erstmals innerhalb der Zielzeit seit ihrer Erstellung gelöst wurden, geteilt durch die im Zeitraum
        entschiedenen. Eine Frist gehört in den Zeitraum, in dem sie entschieden wurde: durch die Lösung oder durch das Überschreiten der
        Zielzeit. Fristen, die noch innerhalb ihrer Zielzeit laufen, zählen nirgends. Das Wiederöffnen hebt die Entscheidung nicht auf:
        Das zeigt der Anteil wieder geöffneter Tickets.
metric-resolution_time = Zeit bis zur Lösung
    .definition = Zeit von der Erstellung eines Tickets bis zu seiner letzten Lösung, über die im Zeitraum gelösten, die es an seinem Ende
        noch waren, in Geschäftszeit der Pläne, denen das Ticket folgte (Kalenderzeit, wo es keinen gibt), das Warten auf den Kunden
        eingeschlossen: der Median und daneben das 90.{"\u00A0"}Perzentil. Ein später wieder geöffnetes Ticket zählt erneut, wenn es erneut gelöst
        wird; der frühere Zeitraum behält es.
metric-resolution_time_p90 = Zeit bis zur Lösung, 90.{"\u00A0"}Perzentil
    .definition = { metric-resolution_time.definition }
metric-self_service_ratio = Selbsthilfe je Anfrage
    .definition = Personen, die im Zeitraum die Hilfe lasen ([product] help_events), geteilt durch Personen, für die in ihm ein Ticket
        erstellt wurde, das nicht das Unternehmen selbst eröffnete ([support] proactive_tag, followup_tag), jede einmal gezählt; nur
        Personen bekannter Konten, damit beide Seiten von denselben Kunden handeln. Zu sehen ist, wie viel Hilfe je Fragendem gelesen
        wird, nicht, ob das Lesen half.
metric-tickets_created = Erstellte Tickets
    .definition = Im Zeitraum erstellte Tickets ohne gelöschte.
metric-tickets_per_100_accounts = Tickets je 100 Kunden
    .definition = Im Zeitraum erstellte Tickets zahlender Kunden, mal 100, geteilt durch die Kunden, die an seinem Ende zahlten.

# Nutzen für den Kunden

metric-accounts_without_owner = Kunden ohne Betreuung
    .definition = Zahlende Kunden, die am Ende des Zeitraums niemand betreute, geteilt durch die Kunden, die dann zahlten. Wer betreut,
        sagt das Segment [accounts] owner_segment. Kunden, die in der Abrechnung gelöscht wurden, bevor sie erstmals abgerufen wurden,
        zählen in keinem von beiden.
metric-net_value_per_mrr = Nettonutzen je bezahltem MRR
    .definition = Im Zeitraum verzeichneter Nutzen (gewonnener Umsatz, gesparte Kosten, Stunden zu [value] hour_rate) abzüglich des über
        ihn bezahlten MRR, geteilt durch den über ihn bezahlten MRR. Nur Konten, die in den zwölf Monaten bis zum Ende des Zeitraums einen
        Nutzen verzeichneten: Von den übrigen ist nichts bekannt. Konten, die im Zeitraum nichts zahlten, bleiben samt ihrem Nutzen
        außen vor. Bezahlter MRR ist MRR für die Zeit, in der er galt, der Monat zu 365/12 Tagen. Über zwölf Monate zu lesen: Nutzen wird
        hin und wieder verzeichnet und gehört zum Tag der Aufzeichnung.
metric-value_coverage = Kunden mit bekanntem Nutzen
    .definition = MRR am Ende des Zeitraums der Konten mit mindestens einem bis dahin verzeichneten Nutzen, geteilt durch den gesamten
        MRR, zum Wechselkurs am Anfang.

## Listen: list- und der Name der Liste

list-accounts_at_risk = Gefährdete zahlende Kunden
list-churn_reasons = Abgewanderter MRR nach Grund und Zuständigkeit
list-churn_without_reason = Große Kunden, die ohne vermerkten Grund gingen
list-credits_due = Gutschriften wegen verfehlter Verfügbarkeit
list-incidents = Störungen
list-late_commitments = Nicht rechtzeitig erfüllte Zusagen
list-mrr_movers = Größte Bewegungen des MRR
list-renewals_due = Verlängerungen in den nächsten 90 Tagen
list-sla_breaches = Verfehlte SLA-Ziele
list-unanswered_detractors = Kritiker ohne Rückmeldung
list-upsell_signals = Kunden, die mehr brauchen könnten

## Spalten der Listen

term-account = Kunde
term-rated = Bewertet am
term-promised = Zugesagt am
term-event = Ereignis
term-people = Personen
term-people-before = Personen davor
term-accounts-before = Kunden davor
term-invoice = Rechnung
term-issued = Ausgestellt am
term-how = Wie
term-fit-score = Passung (0 bis 100)
term-fits = Passt
term-opened = Eröffnet am
term-open-for = Offen seit
term-owed = Offener Betrag
term-accounts = Kunden
term-active-people = Aktive Personen
term-after = Danach
term-answered = Antwort vom
term-answers-for-it = Zuständig
term-ask = Zu fragen
term-before = Davor
term-change = Veränderung
term-churned-mrr = Abgewanderter MRR
term-clock = Frist
term-committed = Zugesagt
term-credit = Gutschrift
term-day = Tag
term-delivered = Geliefert
term-due = Fällig
term-ends = Endet
term-from = Von
term-impact = Auswirkung
term-incident = Störung
term-lasted = Dauer
term-left-on = Gegangen am
term-measured = Gemessen
term-missed-on = Verfehlt am
term-movement = Bewegung
term-mrr = MRR
term-plan = Tarif
term-priority = Priorität
term-promise = Zusage
term-reason = Grund
term-score = Punkte
term-seats = Plätze
term-sign = Anzeichen
term-signs = Anzeichen
term-state = Stand
term-target = Ziel
term-ticket = Ticket
term-to = Bis
term-waiting = Wartezeit

## Wörter in den Listen. Für eine Zahl oder ein Datum steht im Bezeichner n, im Text $n1, $n2 …

term-churned = abgewandert
term-new = neu
term-came-back = zurückgekommen
term-expanded = ausgeweitet
term-reduced = verringert
term-changed-currency = Währung gewechselt
term-no-reason-recorded = kein Grund vermerkt
term-not-recorded = nicht vermerkt
term-set-to-end = Ende vorgemerkt
term-has-ended-since = inzwischen beendet
term-to-be-renewed = zu verlängern
term-to-be-delivered = zu liefern
term-still-owed = noch offen
term-voided = storniert
term-credited = gutgeschrieben
term-closed = geschlossen
term-first-reply = erste Antwort
term-next-reply = Folgeantwort
term-resolution = Lösung
term-urgent = dringend
term-high = hoch
term-normal = normal
term-low = niedrig
term-business-hours = Geschäftszeit
term-still-open = noch offen
term-solved-late = zu spät gelöst
term-answered-late = zu spät beantwortet
term-critical = kritisch
term-major = groß
term-minor = gering
term-none = ohne
term-other = sonstige
term-no-account = ohne Konto
term-maintenance = Wartung
term-seats-in-use = Plätze ausgelastet
term-from-n-to-n-active-people = von { $n1 } auf { $n2 } aktive Personen
term-days-of-use-in-four-weeks-down-from-n-to-n = Nutzungstage in vier Wochen von { $n1 } auf { $n2 } gesunken
term-n-missed-sla-target = { $n1 } verfehltes SLA-Ziel
term-n-missed-sla-targets = { $n1 } verfehlte SLA-Ziele
term-detractor-nobody-got-back-to = Kritiker ohne Rückmeldung
term-failed-payment-not-made-good = fehlgeschlagene Zahlung noch offen
term-set-to-end-on-n = Ende vorgemerkt zum { $n1 }

## Ein einzelner Kunde: Spalten

term-score-0-to-10 = Punkte (0 bis 10)
term-kind = Art
term-got-back-to-on = Rückmeldung am
term-based-on = Beruht auf
term-credit-owed = Geschuldete Gutschrift
term-counts-as-use = Zählt als Nutzung
term-times = Anzahl
term-times-before = Anzahl davor
term-began = Begann am
term-tickets-of-theirs-by-the-day-after = Ihre Tickets bis zum Tag danach
term-what = Was
term-took = Dauerte
term-month = Monat
term-mrr-after = MRR danach
term-recorded = Erfasst am
term-hours = Stunden
term-amount = Betrag
term-worth = Wert
term-verdict = Urteil
term-opened-in-the-period = Im Zeitraum eröffnet
term-solved = Gelöst
term-open-at-the-end = Am Ende offen
term-first-replies-in-time = Erste Antworten rechtzeitig
term-solved-in-time = Rechtzeitig gelöst
term-attempts = Versuche

## Ein einzelner Kunde: Werte, und warum sie fehlen

term-mrr-at-the-end = MRR am Ende
term-units = Einheiten
term-billed-by-the = Abrechnung je
term-paying-since = Zahlt seit
term-segment = Segment
term-fit-with-the-customer-profile-of-n = Passung zum Kundenprofil, von { $n1 }
term-invoices-issued = Ausgestellte Rechnungen
term-payments-that-failed = Fehlgeschlagene Zahlungen
term-credits-granted-on-invoices = Gutschriften auf Rechnungen
term-open-tickets-at-the-end = Am Ende offene Tickets
term-opened-again-after-they-were-solved = Nach der Lösung wieder geöffnet
term-first-replies-within-the-target = Erste Antworten innerhalb des Ziels
term-further-replies-within-the-target = Folgeantworten innerhalb des Ziels
term-solved-within-the-target = Innerhalb des Ziels gelöst
term-time-to-the-first-reply-median = Zeit bis zur ersten Antwort, Median
term-time-to-the-solution-median = Zeit bis zur Lösung, Median
term-satisfied-of-those-who-said = Zufrieden, von denen, die es sagten
term-active-people-of-seats-paid-for = Aktive Personen, von bezahlten Plätzen
term-days-with-meaningful-use = Tage mit wesentlicher Nutzung
term-meaningful-actions = Wesentliche Handlungen
term-followed-features-in-use = Genutzte unter den beobachteten Funktionen
term-revenue-they-gained = Gewonnener Umsatz
term-cost-they-saved = Gesparte Kosten
term-hours-they-saved-at-the-hourly-rate = Gesparte Stunden, zum Stundensatz
term-all-recorded-benefits = Aller erfasste Nutzen
term-what-they-paid = Was sie zahlten
term-benefits-less-what-they-paid = Nutzen abzüglich dessen, was sie zahlten
term-no-exchange-rate = kein Wechselkurs
term-no-reason-is-recorded = kein Grund ist vermerkt
term-because = weil
term-it-is-not-said-who-looks-after-an-account-accounts-owner-seg = es ist nicht gesagt, wer einen Kunden betreut: [accounts] owner_segment
term-nobody-is-recorded-as-looking-after-them = es ist niemand vermerkt, der sie betreut
term-a-good-fit-as-it-began-to-pay = passt gut, nach dem Stand bei der ersten Zahlung
term-not-a-good-fit-as-it-began-to-pay = passt nicht gut, nach dem Stand bei der ersten Zahlung
term-no-payment-was-attempted = keine Zahlung wurde versucht
term-none-was-decided-in-the-period = im Zeitraum entschied sich keine
term-no-ticket-got-its-first-reply = kein Ticket bekam seine erste Antwort
term-no-ticket-was-solved = kein Ticket wurde gelöst
term-of-n-ticket = bei { $n1 } Ticket
term-of-n-tickets = bei { $n1 } Tickets
term-nobody-rated-a-ticket-in-the-period = im Zeitraum hat niemand ein Ticket bewertet
term-use-is-known-from-n-on = Nutzung ist bekannt ab { $n1 }
term-no-seat-is-paid-for-at-the-end-of-the-period = am Ende des Zeitraums ist kein Platz bezahlt
term-none-is-recorded = nichts ist erfasst
term-an-hour-has-no-price-value-hour-rate = eine Stunde hat keinen Preis: [value] hour_rate
term-no-benefit-is-recorded-what-they-gain-is-not-known-and-it-is = kein Nutzen ist erfasst: was sie gewinnen, ist nicht bekannt, und es ist nicht nichts
term-n-of-n-recorded-benefits-cannot-be-valued-in-the-company-s-c = { $n1 } von { $n2 } erfassten Einträgen lassen sich nicht in der Währung des Unternehmens bewerten
term-from-n-record = aus { $n1 } Eintrag
term-from-n-records = aus { $n1 } Einträgen
term-no-benefit-is-recorded = kein Nutzen ist erfasst
term-a-part-of-it-cannot-be-valued = ein Teil davon lässt sich nicht bewerten
term-no-id-of-support-is-matched-to-this-customer = diesem Kunden ist keine Kennung des Supports zugeordnet
term-no-id-of-product-is-matched-to-this-customer = diesem Kunden ist keine Kennung des Produkts zugeordnet

## Ein einzelner Kunde: Wörter in den Zeilen

term-billing = Abrechnung
term-promoter = Fürsprecher
term-detractor = Kritiker
term-passive = unentschieden
term-yes = ja
term-no = nein
term-good = gut
term-bad = schlecht
term-n-of-n = { $n1 } von { $n2 }
term-kept = eingehalten
term-kept-late = verspätet eingehalten
term-missed = verfehlt
term-overdue = überfällig
term-not-due-yet = noch nicht fällig
term-paid-since = seither bezahlt
term-voided-since = seither storniert
term-written-off-since = seither abgeschrieben
term-open = offen
term-pending = wartet auf den Kunden
term-hold = angehalten
term-left = abgewandert
term-exchange-rates-over-the-months = Wechselkurse, über die Monate
term-week = Woche
term-year = Jahr
term-revenue = Umsatz
term-cost = Kosten
term-n-invoice-overdue = { $n1 } überfällige Rechnung
term-n-invoices-overdue = { $n1 } überfällige Rechnungen
term-n-payment-failed-and-not-made-good = { $n1 } fehlgeschlagene Zahlung noch offen
term-n-payments-failed-and-not-made-good = { $n1 } fehlgeschlagene Zahlungen noch offen
term-n-missed-support-target = { $n1 } verfehltes Supportziel
term-n-missed-support-targets = { $n1 } verfehlte Supportziele
term-n-detractor-nobody-got-back-to = { $n1 } Kritiker ohne Rückmeldung
term-n-detractors-nobody-got-back-to = { $n1 } Kritiker ohne Rückmeldung
term-use-down-from-n-to-n-days = Nutzung von { $n1 } auf { $n2 } Tage gesunken
term-n-promise-overdue = { $n1 } überfällige Zusage
term-n-promises-overdue = { $n1 } überfällige Zusagen
term-n-promise-kept-late = { $n1 } verspätet eingehaltene Zusage
term-n-promises-kept-late = { $n1 } verspätet eingehaltene Zusagen
term-credit-owed-for-missed-uptime = Gutschrift geschuldet für verfehlte Verfügbarkeit
term-term-ends-on-n = Laufzeit endet am { $n1 }
term-does-not-pay-any-more = zahlt nicht mehr
term-subscription-scheduled-to-end = Abonnement mit vorgemerktem Ende
term-unpaid-invoices-at-the-end-of-the-period = am Ende des Zeitraums unbezahlte Rechnungen
term-replies-and-solutions-decided-in-the-period = im Zeitraum entschiedene Antworten und Lösungen
term-answers-of-n-to-n-in-ninety-days-the-last-on-n = Antworten von { $n1 } bis { $n2 } in neunzig Tagen, die letzte am { $n3 }
term-days-with-meaningful-use-n-days-against-the-n-before = Tage mit wesentlicher Nutzung, { $n1 } Tage gegen die { $n2 } davor
term-commitments-with-a-date-not-delivered = Zusagen mit Termin, nicht geliefert
term-commitments-due-in-the-period = im Zeitraum fällige Zusagen
term-contractual-uptime-decided-in-the-period = im Zeitraum entschiedene vertragliche Verfügbarkeit
term-renewals-due-in-ninety-days = in neunzig Tagen fällige Verlängerungen
term-no-subscription-was-live-at-the-end-of-the-period = am Ende des Zeitraums lief kein Abonnement

## Gründe der Abwanderung und wer sie verantwortet

term-too-expensive = zu teuer
term-missing-features = fehlende Funktionen
term-too-complex = zu kompliziert
term-low-quality = zu geringe Qualität
term-customer-service = Kundendienst
term-unused = nicht genutzt
term-switched-service = Anbieter gewechselt
term-payment-failed = Zahlung fehlgeschlagen
term-payment-disputed = Zahlung bestritten
term-marketing-sales = Marketing und Vertrieb
term-sales = Vertrieb
term-engineering = Entwicklung
term-support = Support
term-services = Dienstleistungen
term-product = Produkt
term-finance = Finanzen
term-operations = Betrieb
term-unattributed = niemandem zugeordnet

## Segmente. Eigene Werte: term-region-emea benennt den Wert EMEA des Segments region.

term-size = Größe
term-region = Region
term-channel = Kanal
term-feature = Funktion
term-lifecycle = Nutzungsphase
term-interval = Abrechnung
term-owner = Betreuung
term-lifecycle-new = neu
term-lifecycle-returning = wiederkehrend
term-lifecycle-resurrecting = zurückgekommen
term-lifecycle-dormant = verstummt
term-channel-email = E-Mail
term-channel-web = Webformular
term-channel-chat = Chat
term-channel-api = Schnittstelle
term-size-all = alle
term-size-mrr-under-n = MRR unter { $n1 }
term-size-mrr-n-to-under-n = MRR { $n1 } bis unter { $n2 }
term-size-mrr-n-and-more = MRR ab { $n1 }

## Warum etwas fehlt

term-insufficient-history = Verlauf zu kurz
term-insufficient-history-for-twelve-months = Verlauf zu kurz für zwölf Monate
term-history-begins-in-that-period = Daten beginnen erst in jenem Zeitraum
term-nothing-to-measure-then = damals nichts zu messen
term-nothing-to-measure-in-this-period = in diesem Zeitraum nichts zu messen
term-no-figure-to-compare = kein Wert zum Vergleichen
term-too-few-to-compare = zu wenige für einen Vergleich
term-no-data-for-this-period = keine Daten für diesen Zeitraum
term-no-data-yet = noch keine Daten

## Prüfungen

term-costs-benefits-or-invoices-in-a-currency-without-an-exchange = Kosten, Nutzen oder Rechnungen in einer Währung ohne Wechselkurs sind nicht enthalten
term-mrr-and-what-subscriptions-were-invoiced-for-differ-by-more = MRR und in Rechnung gestellte Abonnements weichen im jüngsten Monat um mehr als ein Zehntel voneinander ab
term-mrr-in-a-currency-without-an-exchange-rate-is-shown-apart = MRR in einer Währung ohne Wechselkurs ist gesondert ausgewiesen
term-what-must-be-there-once-is-there-twice-accounts-subscription = Was es einmal geben darf, gibt es doppelt: Konten, Abonnements, Rechnungen, Zahlungen, Preise oder Kurse
term-a-ticket-a-comment-or-a-rating-is-there-twice = Ein Ticket, ein Kommentar oder eine Bewertung ist doppelt vorhanden
term-tickets-of-an-organisation-that-is-matched-to-no-account = Tickets einer Organisation, die keinem Konto zugeordnet ist
term-live-subscription-items-whose-price-or-interval-is-unknown-a = Laufende Abonnementpositionen mit unbekanntem Preis oder Abrechnungszeitraum sind nicht im MRR
term-less-than-four-fifths-of-mrr-is-matched-to-accounts-of-produ = Weniger als vier Fünftel des MRR sind Konten des Produkts zugeordnet
term-less-than-four-fifths-of-mrr-is-matched-to-accounts-of-suppo = Weniger als vier Fünftel des MRR sind Konten des Supports zugeordnet
term-more-than-one-in-a-hundred-first-replies-are-timed-otherwise = Mehr als eine von hundert ersten Antworten misst der Helpdesk selbst um über eine Minute anders
term-fixes-of-a-kind-that-is-neither-fix-nor-prevention-are-left = Korrekturen, deren Art weder fix noch prevention ist, sind nicht enthalten
term-segments-csv-names-segments-that-accounts-segments-does-not = segments.csv nennt Segmente, die in [accounts] segments fehlen
term-costs-that-end-before-they-begin-are-left-out = Kosten, die enden, bevor sie beginnen, sind nicht enthalten
term-opening-mrr-plus-movements-does-not-give-closing-mrr = MRR am Anfang und Bewegungen ergeben nicht den MRR am Ende
term-segments-with-so-many-values-that-all-but-the-fifty-largest = Segmente mit so vielen Werten, dass alle außer den fünfzig größten zusammengefasst sind

## Was zum Messen fehlt: need- und der Name in queries/needs.toml. Der Grund, und die Abhilfe.

need-billing = Die Abrechnung ist nicht angebunden
    .how = einen Block [sources.NAME] mit einem Manifest der Abrechnung anlegen, zum Beispiel manifest = "stripe"
need-trials = Kein Abonnement hatte eine Testphase
    .how = Abonnements mit Testphase verkaufen, oder die Kennzahl abschalten: [metrics.trial_conversion] enabled = false
need-mrr_plan = Es ist kein geplanter MRR bekannt
    .how = in targets.csv Zeilen zur Kennzahl mrr aufnehmen: der ab einem Tag geplante MRR
need-owner = Es ist nicht bekannt, wer einen Kunden betreut
    .how = [accounts] owner_segment auf den Schlüssel in den Metadaten der Abrechnungskunden oder den Namen in segments.csv setzen, der
        es sagt
need-costs = Die Kosten der Betreuung sind nicht verzeichnet
    .how = einen Block [sources.NAME] mit manifest = "files" anlegen und costs.csv in dessen Verzeichnis legen
need-payments = Es fanden sich keine Zahlungsversuche
    .how = dem Schlüssel der Abrechnung Lesezugriff auf Zahlungen geben
need-invoices = Es fanden sich keine Rechnungen
    .how = dem Schlüssel der Abrechnung Lesezugriff auf Rechnungen geben
need-due_invoices = Es fanden sich keine Rechnungen mit Fälligkeit
    .how = dem Schlüssel der Abrechnung Lesezugriff auf Rechnungen geben; solche ohne Fälligkeit werden sofort eingezogen
need-terms = Es fanden sich keine Rechnungen zu Abonnements
    .how = dem Schlüssel der Abrechnung Lesezugriff auf Rechnungen geben
need-tickets = Der Support ist nicht angebunden
    .how = einen Block [sources.NAME] mit einem Manifest des Helpdesks anlegen, zum Beispiel manifest = "zendesk"
need-sla_target = Es ist kein SLA-Ziel bekannt
    .how = im Helpdesk eine SLA-Regel oder [[support.targets]] festlegen
need-first_reply_target = Es ist kein Ziel für die erste Antwort bekannt
    .how = im Helpdesk eine SLA-Regel oder [[support.targets]] clock = "first_reply" festlegen
need-next_reply_target = Es ist kein Ziel für Folgeantworten bekannt
    .how = im Helpdesk eine SLA-Regel oder [[support.targets]] clock = "next_reply" festlegen
need-resolution_target = Es ist kein Ziel für die Lösung bekannt
    .how = im Helpdesk eine SLA-Regel oder [[support.targets]] clock = "resolution" festlegen
need-schedule = Es ist keine Geschäftszeit bekannt
    .how = im Helpdesk einen Plan oder [support.schedules.NAME] festlegen
need-proactive_tag = Es ist nicht festgelegt, wie Tickets gekennzeichnet sind, die vor der Frage des Kunden eröffnet wurden
    .how = [support] proactive_tag setzen
need-help = Die Nutzung des Produkts ist nicht angebunden, oder kein Ereignis steht für das Lesen der Hilfe, oder keines davon kam je vor
    .how = einen Block [sources.NAME] mit einem Manifest des Produkts anlegen, zum Beispiel manifest = "posthog", und [product]
        help_events setzen
need-ratings = Es fanden sich keine Bewertungen
    .how = im Helpdesk die Zufriedenheitsbewertung einschalten
need-bug_tag = Es ist nicht festgelegt, wie Fehler gekennzeichnet sind
    .how = [support] bug_tag setzen
need-regression_tag = Es ist nicht festgelegt, wie Fehler gekennzeichnet sind, die zuvor Funktionierendes betreffen
    .how = [support] regression_tag setzen
need-usage = Die Nutzung des Produkts ist nicht angebunden, oder es sind keine wesentlichen Ereignisse benannt
    .how = einen Block [sources.NAME] mit einem Manifest des Produkts anlegen, zum Beispiel manifest = "posthog", und [product]
        meaningful_events setzen
need-active_days = { need-usage }
    .how = { need-usage.how }
need-features = Es sind keine Funktionen benannt, oder keine davon wurde je genutzt
    .how = [product] features setzen
need-activation = Es ist kein Aktivierungsereignis benannt, oder es kam nie vor
    .how = [product] activation_event setzen
need-sessions = Es fanden sich keine Sitzungen im Produkt
    .how = einen Block [sources.NAME] mit einem Manifest des Produkts anlegen, zum Beispiel manifest = "posthog"
need-latency = Es fanden sich keine Antwortzeiten
    .how = latency_property in [sources.NAME.settings] auf die Eigenschaft des Ereignisses setzen, die Millisekunden enthält
need-survey = Es fanden sich keine Antworten auf Befragungen
    .how = im Produkt eine Befragung von 0 bis 10 durchführen oder eine anbinden
need-survey_shown = Es ist nicht bekannt, wie oft Befragungen gezeigt wurden
    .how = das Produkt ein Ereignis senden lassen, wenn eine Befragung gezeigt wird (die Befragungen der Produktanalyse tun das)
need-followup = Zu keinem Kritiker ist eine Rückmeldung verzeichnet
    .how = followups.csv in das Verzeichnis der Dateien legen oder [support] followup_tag setzen
need-fixes = Korrekturen sind nicht verzeichnet
    .how = einen Block [sources.NAME] mit manifest = "files" anlegen und fixes.csv in dessen Verzeichnis legen
need-uptime_commitments = Keinem Tarif ist eine Verfügbarkeit zugesagt
    .how = Blöcke [[operations.commitments]] anlegen
need-incidents = Störungen sind nicht angebunden
    .how = einen Block [sources.NAME] mit einem Manifest der Statusseite anlegen, zum Beispiel manifest = "statuspage"
need-commitments = Zusagen an Kunden sind nicht verzeichnet
    .how = einen Block [sources.NAME] mit manifest = "files" anlegen und commitments.csv in dessen Verzeichnis legen
need-outcomes = Der Nutzen der Kunden ist nicht verzeichnet
    .how = einen Block [sources.NAME] mit manifest = "files" anlegen und outcomes.csv in dessen Verzeichnis legen
need-told_outcomes = { need-outcomes }
    .how = { need-outcomes.how }
need-seats = Es ist nicht gesagt, ob die Mengen der Abonnements Nutzerplätze sind
    .how = [product] seats = true setzen
need-fit = Das Kundenprofil des Unternehmens ist nicht beschrieben
    .how = Blöcke [[fit.criteria]] anlegen

## Einen Bericht abbestellen, im Web

leave-title = Abbestellen
leave-what = { $report } von { $company }
leave-question = Mails dieses Berichts gehen an { $address }. Keine mehr senden?
leave-button = Keine Mails dieses Berichts mehr senden
leave-done = An { $address } gehen keine Mails dieses Berichts mehr.
leave-mistake = War das ein Versehen? Wer die Berichte betreut, kann es rückgängig machen: Antworten Sie auf eine der Mails.
# Das Web: Anmeldung und Formulare der Verantwortlichen
door-sign-in = Anmelden
door-sign-in-intro = Geben Sie die Adresse an, an die Ihre Berichte gehen. Sie erhalten eine Mail mit einem Link, der Sie anmeldet; ein Passwort gibt es nicht.
door-address = E-Mail-Adresse
door-sign-in-button = Link zusenden
door-bad-address = „{ $address }“ ist keine E-Mail-Adresse. Schreiben Sie sie so: name@firma.example.
door-sent = Sehen Sie in Ihr Postfach
door-sent-intro = Wenn sich diese Adresse hier anmelden darf, ist eine Mail mit einem Link unterwegs. Der Link gilt einmal, innerhalb von { $minutes } Minuten.
door-sent-help = Nichts angekommen? Sehen Sie bei den unerwünschten Mails nach. An eine Adresse gehen höchstens { $most } Links in der Stunde. Wer diesen Dienst betreibt, weiß, welche Adressen sich anmelden dürfen.
door-enter-intro = Ein Schritt fehlt noch. Der Link in Ihrer Mail gilt einmal, damit Sie ihn verbrauchen und kein Programm, das Mails durchsieht.
door-enter-button = Auf diesem Gerät anmelden
door-used = Dieser Link wurde schon benutzt oder gilt nicht mehr. Lassen Sie sich einen neuen zusenden.
door-signed-in = Sie sind angemeldet als { $address }.
door-sign-out = Abmelden
door-expired = Dieser Link gilt nicht mehr
door-expired-intro = Der Link einer Mail öffnet ihren Bericht { $days } Tage lang. Ein neuer geht an die Adresse, an die die Mail ging, wenn sie den Bericht noch erhält.
door-expired-button = Neuen Link zusenden
door-expired-sent = Wenn die Adresse, an die die Mail ging, den Bericht noch erhält, ist eine Mail mit einem neuen Link unterwegs.
door-unknown = Hier ist nichts
door-unknown-intro = Der Link ist nicht vollständig oder wurde zurückgezogen. Kopieren Sie ihn ganz aus der Mail, oder melden Sie sich an, um Ihre Berichte zu lesen.
door-too-many = Zu viele Versuche von hier
door-too-many-intro = Warten Sie eine Viertelstunde und versuchen Sie es noch einmal. Geändert wurde nichts.
door-refused = Geändert wurde nichts
door-refused-intro = Das Formular war zu lange offen oder wurde nicht von hier abgeschickt. Gehen Sie zurück, laden Sie die Seite neu und schicken Sie es noch einmal ab.
door-not-yours = Das ist für die, die den Bericht verantworten
door-not-yours-intro = Sie dürfen ihn lesen. Kommentare und Zusagen machen die Verantwortlichen seines Teams ([teams] owner, commenters).
door-not-run = Läufe stoßen Betreiber an
door-not-run-intro = Lesen dürfen Sie den Bericht. Einen Lauf stößt an, wer diesen Dienst betreibt ([operator], [web] operators).
door-sign-in-first = Melden Sie sich an, um weiterzulesen. Wer für den Bericht verantwortlich ist, kann auch kommentieren und zusagen.
door-to-comment = Eine Zahl kommentieren
door-to-promise = Etwas zusagen
door-to-promises = Zusagen
door-edition = Der Bericht
door-comment = Kommentar · { $title } · { $period }
door-comment-intro = Was Sie sagen, wird mit der Zahl abgedruckt, in Ihren Worten, in der nächsten Ausgabe jedes Berichts, der sie zeigt. Verschicktes bleibt, wie es war.
door-comment-figure = Zahl
door-comment-text = Was dazu zu sagen ist
door-comment-hint = Reiner Text, höchstens { $most } Zeichen. Adressen, die mit https:// beginnen, werden zu Links.
door-comment-button = Kommentar festhalten
door-comment-noted = Festgehalten. Der Kommentar steht in der nächsten Ausgabe.
door-comment-same = Das haben Sie mit denselben Worten schon gesagt. Geändert wurde nichts.
door-comment-said = Bisher zu „{ $title }“
door-said-by = { $author }, { $day }
door-promises = Zusagen · { $title }
door-promise-new = Etwas zusagen
door-promise-intro = Eine Zusage steht in jedem Bericht, für den sie gilt, bis sie erledigt ist: fällig, oder so viele Tage überfällig.
door-promise-text = Was getan wird
door-promise-owner = Wer es tut
door-promise-due = Bis zu welchem Tag
door-promise-metric = Die Zahl, die sich dadurch bewegen soll
door-promise-no-metric = Keine bestimmte
door-promise-for = Welche Berichte sie zeigen
door-promise-for-team = Alle Berichte des Teams { $team }
door-promise-for-report = Nur dieser Bericht: { $title }
door-promise-button = Zusagen
door-promise-made = Zugesagt. Es steht da, bis es erledigt ist.
door-promise-bad-day = „{ $day }“ ist kein Tag. Schreiben Sie ihn so: 2026-12-31.
door-promise-state-overdue = { $days ->
    [one] 1 Tag
   *[other] { $days } Tage
 } überfällig
door-promise-state-due = Fällig in { $days ->
    [one] 1 Tag
   *[other] { $days } Tagen
 }
door-promise-state-kept = Erledigt
door-promise-line = { $state } · { $owner } · { $due }
door-promise-note = Was daraus wurde
door-promise-optional = Darf leer bleiben.
door-promise-done-button = Ist erledigt
door-promise-kept = Als erledigt vermerkt. Die nächste Ausgabe sagt es.
door-at-most = Höchstens { $most } Zeichen.

link-sign-in-subject = Anmeldung bei den Berichten von { $company }
link-sign-in-intro = Jemand hat einen Link angefordert, um sich als { $address } anzumelden.
link-sign-in-action = Anmelden
link-sign-in-small = Er gilt einmal, bis { $minutes } Minuten nach der Anforderung. Waren Sie es nicht, lassen Sie ihn liegen: Ohne ihn geschieht nichts.
link-fresh-subject = Neuer Link: { $title } · { $period }
link-fresh-intro = Der Link in der Mail an { $address } galt nicht mehr, und ein neuer wurde angefordert.
link-fresh-action = Bericht öffnen
link-fresh-small = Er öffnet diesen einen Bericht { $days } Tage lang und ist nur für Sie. Intern: nicht außerhalb des Unternehmens weitergeben.
## Seiten des Dienstes

web-archive = Berichte
web-main = Seiten
web-skip = Zum Inhalt
web-search = Suchen
web-search-what = Wörter in Berichten
web-report = Reihe
web-any-report = Alle Reihen
web-year = Jahr
web-any-year = Alle Jahre
web-period-like = Zeitraum
web-clear = Zurücksetzen
web-view = Ordnung
web-by-report = Nach Reihe
web-by-period = Nach Zeitraum
web-provisional = vorläufig
web-correction = Korrektur
web-edition = Ausgabe { $number }
web-published = veröffentlicht am { $at }
web-more-reviews = { $count ->
    [one] 1 weiterer Bericht
   *[other] { $count } weitere Berichte
 }
web-newer = Neuere
web-older = Ältere
web-metrics-found = Kennzahlen
web-nothing-found = Nichts gefunden. Weniger Wörter oder ein anderer Zeitraum helfen vielleicht.
web-searched-back-to = Durchsucht bis { $period }. Für frühere eine Reihe oder ein Jahr wählen.
web-none = Noch kein Bericht
web-none-what = Berichte stehen hier, sobald sie veröffentlicht sind. Wer den Dienst betreibt, kann einen von Hand machen:
web-none-schedule = Reihen mit einer cron-Zeile in bizreview.toml kommen von selbst.
web-none-yours = Ein erwarteter Bericht ist vielleicht nicht an Sie gerichtet.
web-reviews = Berichte dieser Reihe
web-recipients = { $count ->
    [one] Geht an 1 Adresse
   *[other] Geht an { $count } Adressen
 }
web-no-schedule = Kommt nicht von selbst: Es gibt keinen Zeitplan.
web-next-due = Nächster Termin: { $at } ({ $zone })
web-not-mailed = Der letzte Bericht wurde nicht verschickt.
web-none-delivered = Der letzte Bericht ist bisher an 0 von { $total } zugestellt.
web-delivered = Der letzte Bericht ist an { $sent } von { $total } zugestellt, zuletzt am { $at }
web-deliveries = Zustellungen
web-metrics = Kennzahlen im Verlauf
web-editions = Ausgaben
web-superseded = Es gibt eine neuere Ausgabe:
web-since = Seit dieser Ausgabe
web-nothing-since = Seither wurde nichts gesagt.
web-promises-now = Zusagen, wie sie heute stehen
web-untouched = Der Bericht darüber ist die Datei, wie sie veröffentlicht wurde
web-digest = Prüfsumme
web-alone = für sich
web-history = Veröffentlichte Werte
web-was = in einer früheren Ausgabe { $figure }
web-redefined = ab hier anders gezählt
web-latest-in = Wie in der letzten Ausgabe:
web-also-in = Auch in
web-rows-behind = Zeilen hinter dem Wert
web-rows-for-session = Die Zeilen hinter dem Wert sehen nur Angemeldete.
web-unreadable = Die Daten der letzten Ausgabe sind nicht mehr lesbar; ihre veröffentlichten Werte stehen unten, ohne Einheit.
web-missing = Diese Seite gibt es nicht
web-missing-what = Sie ist umgezogen oder für andere bestimmt.
web-refused = Diese Seite ist für Betreiber
web-refused-what = Sie zeigt Adressen und Zustellungen.
web-rows = Zeilen sehen nur Angemeldete
web-rows-what = Die Datei nennt Kunden. Leselinks öffnen sie nicht.
web-failed = Etwas ist schiefgegangen
web-failed-what = Die Seite konnte nicht gemacht werden. Das Protokoll des Dienstes sagt, warum.
web-owner = Verantwortlich
web-definition = Was sie bedeutet
web-files = Dateien dieser Ausgabe
web-behind = Hinter dem Wert
# Eine Ausgabe, aus der später jemand gelöscht wurde
erasure-note = Nach dem Erscheinen dieser Ausgabe wurde ein Kunde vergessen, wie es der Datenschutz verlangt: „[erased]“ steht, wo Namen und Kennungen standen. Die Zahlen sind die veröffentlichten.
