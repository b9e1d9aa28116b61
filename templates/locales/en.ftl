# English: every sentence, separator and name a review prints. Another language is a file beside this one with the same ids
# (Fluent syntax, https://projectfluent.org); what a file leaves out is taken from here. Figures arrive in words.
# {"\u00A0"} is a space that does not break.

lang = en

## Numbers and money

number-group = ,
number-point = .
# $kind: symbol (€) or code (CHF)
money = { $kind ->
    [symbol] { $sign }{ $currency }{ $amount }
   *[code] { $sign }{ $currency }{"\u00A0"}{ $amount }
 }
percent = { $number }{"\u00A0"}%
points = { $number }{"\u00A0"}pp
under = under { $size }
counted = { $part } of { $whole }
counted-interval = { $part } of { $whole } ({ $low }–{ $high }{"\u00A0"}%)
seconds = { $s }{"\u00A0"}s
minutes = { $min }{"\u00A0"}min
minutes-seconds = { $min }{"\u00A0"}min{"\u00A0"}{ $s }{"\u00A0"}s
hours = { $h }{"\u00A0"}h
hours-minutes = { $h }{"\u00A0"}h{"\u00A0"}{ $min }{"\u00A0"}min
hours-minutes-seconds = { $h }{"\u00A0"}h{"\u00A0"}{ $min }{"\u00A0"}min{"\u00A0"}{ $s }{"\u00A0"}s
days = { $d }{"\u00A0"}d
thousands = { $number }k
millions = { $number }M
billions = { $number }bn
trillions = { $number }tn
n-equals = n{"\u00A0"}={"\u00A0"}{ $n }
not-available = n/a
no-figure = no figure
nothing = nothing

## Days and periods

months-short = Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec
months = January February March April May June July August September October November December
day-of-month = { $day }{"\u00A0"}{ $month }
days-of-month = { $from }–{ $to }{"\u00A0"}{ $month }
with-year = { $days } { $year }
span = { $from } – { $to }
moment = { $day }, { $time }
period-week = W{ $n }
period-week-tick = W{ $n }
period-month = { $month }{"\u00A0"}{ $year }
period-quarter = Q{ $n }{"\u00A0"}{ $year }
period-quarter-tick = Q{ $n }
period-with-days = { $name } ({ $days })
period-with-year = { $name } of { $year }
period-from = { $name } (from { $day })
period-window = { $period }, { $window ->
    [mtd] month to date
    [qtd] quarter to date
    [ytd] year to date
   *[t12m] 12 months
 }
window-name = { $window ->
    [mtd] Month to date
    [qtd] Quarter to date
    [ytd] Year to date
    [t12m] Twelve months
   *[period] The { grain } by itself
 }
window-days = { $days }, { $count } days
grain = { $grain ->
    [week] week
    [month] month
    [quarter] quarter
   *[year] year
 }
periods = { $grain ->
    [week] { $count ->
        [one] 1{"\u00A0"}week
       *[other] { $count }{"\u00A0"}weeks
     }
    [month] { $count ->
        [one] 1{"\u00A0"}month
       *[other] { $count }{"\u00A0"}months
     }
    [quarter] { $count ->
        [one] 1{"\u00A0"}quarter
       *[other] { $count }{"\u00A0"}quarters
     }
   *[year] { $count ->
        [one] 1{"\u00A0"}year
       *[other] { $count }{"\u00A0"}years
     }
 }
in-a-row-since = { $periods } in a row, since { $since }

## Verdict, subject and preheader

verdict-no-figures = No figures for this period.
verdict-no-targets = No targets are set.
verdict-met = { $count ->
    [1] The target was met.
    [2] Both targets met.
   *[other] All { $count } targets met.
 }
verdict-missed = { $judged ->
    [one] { $missed } of { $judged } target missed.
   *[other] { $missed } of { $judged } targets missed.
 }
verdict-not-judged = { $count ->
    [one] 1 target could not be judged.
   *[other] { $count } targets could not be judged.
 }
subject = { $verdict } · { $title } { $period }
subject-provisional = { $verdict } · { $title } { $period } · provisional
subject-was = { $title } { $now }, was { $before }
subject-target = { $title } { $now }, target { $target }
subject-unusual = { $title } { $now }, out of its routine
subject-above = { $title } { $now }, routine up to { $line }
subject-below = { $title } { $now }, routine from { $line }
subject-run = { $title } { $now }, { $side ->
    [above] above
   *[below] below
 } its mean of { $line }
subject-figure = { $title } { $now }
subject-missed = { $title } missed
subject-missed-some = { $judged ->
    [one] { $missed } of { $judged } target missed
   *[other] { $missed } of { $judged } targets missed
 }
subject-met = { $count ->
    [1] The target was met
    [2] Both targets met
   *[other] All { $count } targets met
 }
subject-met-some = { $judged } of { $count } targets judged, all met
subject-no-figures = No figures
preheader-also = Also: { $headlines }.
figure-changed = { $figure }, { $change }
sentence = { $text }.

## Exceptions

headline = { $title }: { $value }
headline-better = { $title }: { $value }, better than its routine
headline-worse = { $title }: { $value }, worse than its routine
headline-unusual = { $title }: { $value }, out of its routine
headline-conflict = { $title }: { $value }, better, while { $guardrail } got worse
headline-target = { $title }: { $value }, target { $target }
more-exceptions = { $count } more: { $headlines }.
more-exceptions-among = { $count } more, among them { $headlines }.
without-figure = without a figure
value-counted = { $value } ({ $counted })
value-business-hours = { $value } in business hours
told = { $title } was { $value } in { $period }.
told-above-target = { $title } was { $value } in { $period }, { $size } above the target.
told-below-target = { $title } was { $value } in { $period }, { $size } below the target.
told-guardrail-of = It is the guardrail of { $title }, which met its target: { $value }, target { $target }.
told-new-level = If that is its level from now on, its owner can accept it as the new baseline.
run-met-before = The { grain } before, the target was met.
run-missed = Missed { $periods } in a row, since { $since }.
compared-none = No comparison with { $with ->
    [year] a year ago
   *[previous] the { grain } before
 }: { $why }.
compared-unchanged = Unchanged from { $was } in { $basis }.
compared-up = Up { $size } from { $was } in { $basis }.
compared-down = Down { $size } from { $was } in { $basis }.
signal-outside = It is { $side ->
    [above] above
   *[below] below
 } its limit of { $edge }; routine is { $low } to { $high } (judged by { $from } to { $to }).
signal-run = It is { $side ->
    [above] above
   *[below] below
 } its mean of { $mean } for { $periods }; routine is { $low } to { $high } (judged by { $from } to { $to }).
signal-near = It is near its limit of { $edge } in three of four { grain }s; routine is { $low } to { $high } (judged by { $from } to { $to }).
signal-change-outside = Its change from period to period is { $side ->
    [above] above
   *[below] below
 } its limit of { $edge }; routine is { $low } to { $high } (judged by { $from } to { $to }).
signal-change-run = Its change from period to period is { $side ->
    [above] above
   *[below] below
 } its mean of { $mean } for { $periods }; routine is { $low } to { $high } (judged by { $from } to { $to }).
signal-change-near = Its change from period to period is near its limit of { $edge } in three of four { grain }s; routine is { $low } to { $high } (judged by { $from } to { $to }).
signal-since = A signal { $since }.
signal-short = signal: { $side ->
    [above] above
   *[below] below
 } its limits
signal-short-run = signal: { $side ->
    [above] above
   *[below] below
 } its mean for { $periods }
signal-short-near = signal: near its limit, { $side ->
    [above] above
   *[below] below
 } its mean
signal-short-change = signal: change { $side ->
    [above] above
   *[below] below
 } its limits
signal-short-change-run = signal: change { $side ->
    [above] above
   *[below] below
 } its mean for { $periods }
signal-short-change-near = signal: change near its limit, { $side ->
    [above] above
   *[below] below
 } its mean
segment = { $name } { $value }
moved-segment = Moved most by { $segment }: { $now } (n{"\u00A0"}={"\u00A0"}{ $n }).
moved-segment-was = Moved most by { $segment }: { $now }, was { $before } (n{"\u00A0"}={"\u00A0"}{ $n }).
moved-part = Against { $against ->
    [baseline] its baseline
   *[previous] the period before
 }, { $segment } explains { $part } of { $change }: { $now }, was { $before }.
moved-mix = More than half of the change ({ $mix }) is a change of mix between segments.
guardrail-met = Its guardrail, { $title }, met its target: { $value }.
guardrail-missed = Its guardrail, { $title }, missed its target too: { $value }.
guardrail-is = Its guardrail, { $title }: { $value }.
guardrail-was = Its guardrail, { $title }: { $value }, was { $before }.
guardrail-worse = It improved while its guardrail, { $title }, { $better ->
    [higher] fell
    [lower] rose
   *[neutral] moved
 } out of its routine: { $value }.
guardrail-worse-was = It improved while its guardrail, { $title }, { $better ->
    [higher] fell
    [lower] rose
   *[neutral] moved
 } out of its routine: { $value }, was { $before }.
reason-not-recorded = not recorded
reason-share = { $reason } ({ $function }) { $share }
reasons-none-money = None of the MRR lost has a recorded reason.
reasons-none = Of none of the customers who left is a reason recorded.
reasons-money = Reasons: { $reasons }. { $share } of the MRR lost has one.
reasons = Reasons: { $reasons }. Known for { $share } customers who left.
account-part = { $account } ({ $part })
largest-parts = Largest parts: { $accounts }.
most-of-it = Most of it: { $accounts }.

## Charts

chart-title = { $title }, { $periods } to { $period }
chart-figures = { $title }: { $figures }.
chart-target = Target { $target }.
chart-year-ago = A year ago { $value }.
chart-label-target = target { $target }
chart-label-year-ago = year ago { $value }
walk-title = Opening to closing MRR
walk-figures = Money walk, { $period }: { $lines }.
walk-axis = The axis starts at { $from }, not at zero, so that the movements can be seen.
walk-opening = Opening MRR
walk-new = New
walk-reactivation = Reactivation
walk-expansion = Expansion
walk-contraction = Contraction
walk-churn = Churn
walk-transfer = Transfer
walk-fx = Exchange rates
walk-closing = Closing MRR
customers = { $count ->
    [one] { $n } customer
   *[other] { $n } customers
 }

## Scorecard

kind-outcome = outcome
kind-driver = driver
status-met = Met
status-missed = Missed
status-no-target = No target
status-too-few = Too few to judge
status-no-figure = No figure
at-least = at least { $value }
at-most = at most { $value }
missed-by = by { $size }
missed-by-run = by { $size }, { $periods } in a row
unchanged = unchanged
change-better = { $arrow }{"\u00A0"}{ $size }, better
change-worse = { $arrow }{"\u00A0"}{ $size }, worse
change = { $arrow }{"\u00A0"}{ $size }
size-both = { $relative } ({ $absolute })
own-period = the { grain } by itself { $value }
note-twelve-months = twelve months
note-business-hours = business hours
range-always = { $periods }: always { $value }
range-between = { $periods }: between { $low } and { $high }
basis-days = { $known } of { $count } days
basis-shift = −{ $days }{"\u00A0"}d
basis-window = { $days } ({ $count } days)
window-year-ago = { $change }, was { $was } in { $days }
spark-title = { $title }, { $range }
more-metrics-page = { $count ->
    [one] 1 more metric on the page: { $parts }.
   *[other] { $count } more metrics on the page: { $parts }.
 }
more-metrics-not-printed = { $count ->
    [one] 1 more metric not printed here: { $parts }.
   *[other] { $count } more metrics not printed here: { $parts }.
 }
dimension-fit = Customer fit
dimension-churn = Churn
dimension-growth = Growth
dimension-advocacy = Advocacy
dimension-adoption = Adoption
dimension-value = Value to the customer
dimension-sla = Service levels
dimension-quality = Quality
dimension-operations = Operations

## Figures: process charts, events, spreads, the six dimensions, cohorts

chart-label-mean = mean { $value }
chart-label-limit = limit { $value }
chart-label-signal = signal
chart-label-median = median { $value }
chart-label-p90 = 9 in 10 within { $value }
chart-label-baseline = baseline { $from }–{ $to }
chart-label-baseline-short = baseline
chart-axis-from = Axis from about { $from }, not from zero
chart-axis-cut = The axis does not begin at zero
chart-point = { $period }: { $value }
chart-point-signal = { $period }: { $value }, a signal
chart-none = No chart: none of the periods shown has a figure.
chart-one = No chart: { $period } is the only period with a figure, { $value }.
event = { $text } ({ $day })
event-mark = { $mark } – { $events }
events-marked = Marked: { $events }.
events-earlier = { $count ->
    [one] One earlier event is not marked.
   *[other] { $count } earlier events are not marked.
 }
process-title = { $title }, { grain } by { grain }
process-title-own = { $title }, each { grain } by itself
process-title-changes = { $title }, change from { grain } to { grain }
process-words = { $title }, { $first } to { $last }: routine is { $low } to { $high }, mean { $mean } (judged by { $from } to { $to }). Latest: { $latest }.
process-point = { $period } { $value }
process-point-signal = { $period } { $value } (signal)
judged-figures = { $count ->
    [one] The judged figure
   *[other] All { $count } judged figures
 }
unjudged = No limits are drawn: { $why }.
spread-title = How { $title } is spread (n{"\u00A0"}={"\u00A0"}{ $n })
spread-note = Every bar spans about twice the one before it.
spread-hidden = Not shown: { $n } cases, fewer than { $least }.
spread-under = under { $to }
spread-over = { $from } and more
spread-between = { $from } to under { $to }
spread-words = { $title }. { $bins }. Median { $median }, 90th percentile { $p90 }.
dimension-not-measured = Not measured: { $why }.
dimension-not-measured-how = Not measured: { $why }. To change that: { $how }.
dimension-no-figure = { $title }: no figure, { $why }.
cohort-month = { $month }{"\u00A0"}{ $year }
cohort-too-few = too few
cohorts-all = All together
cohorts-money = Their MRR
cohorts-note = Customers by the month they first paid, and how many of them pay at the end of each month since; month 0 is their own. Cohorts of fewer than { $small } are counted, not turned into percentages. Those of a year, and all of them, are added up anew over the cohorts that have reached a month, never averaged; MRR is that of the same customers at the rates of their first month, against the end of it. The shade repeats the figure: darker from { $steps }.
cohorts-label = Customers kept, by the month they first paid
heading-dimensions = Six dimensions
heading-cohorts = Customers kept
column-dimension = Dimension
column-status = Status
column-judged = Judged
column-verdict = Verdict
column-between = Between
column-cases = Cases
column-first-paid = First paid
column-customers = Customers
column-month = Month
verdict-signal = signal
verdict-routine = routine

## Promises to segments, restatements, data

promise-headline = { $segment }: { $text }
promise-kept = Kept
promise-broken = Broken
promise-too-few = Too few to judge
promise-at-least = { $title } { $value }, promised at least { $target }.
promise-at-most = { $title } { $value }, promised at most { $target }.
promise-at-least-spread = { $title } { $value }, promised at least { $target }; kept for { $kept } of { $accounts } customers, from { $p10 } (10th percentile) to { $p90 } (90th).
promise-at-most-spread = { $title } { $value }, promised at most { $target }; kept for { $kept } of { $accounts } customers, from { $p10 } (10th percentile) to { $p90 } (90th).
restated = { $title }, { $period }: { $old } → { $new }. Published in edition { $number } of { $edition }; { $cause }.
restated-more = { $count } more figures of earlier editions changed: see the page.
forced = Printed by order of { $by } although a check failed ({ $checks }): { $reason }
forced-by-operator = the operator
never-pulled = never pulled
pulled = pulled { $at }, { $records } records
coverage = { $system }: { $share } of MRR matched, { $matched } of { $total } customers
coverage-unknown = { $system }: share of MRR unknown matched, { $matched } of { $total } customers
shown-of = { $shown } of { $total }
no-name = (no name)
detail = { $column } { $value }

## What owners say and promise

heading-promises = Promises
heading-comments = What owners say
owner-said = Owner ({ $name }, { $day }):
owner-last = Last explanation ({ $name }, { $day }, for { $period }):
owner-late = On { $period }, after its edition ({ $name }, { $day }):
owner-more = { $count ->
    [one] 1 more comment on it.
   *[other] { $count } more comments on it.
 }
owner-silent = No comment from the owner (asked { $day }).
owner-not-in-time = The owner was not asked in time to comment (asked { $day }).
owner-promise-overdue = { $days ->
    [one] Overdue by 1{"\u00A0"}day
   *[other] Overdue by { $days }{"\u00A0"}days
 }
owner-promise-due-today = Due today
owner-promise-due = { $days ->
    [one] Due in 1{"\u00A0"}day
   *[other] Due in { $days }{"\u00A0"}days
 }
owner-promise-kept = Kept
owner-promise-kept-late = { $days ->
    [one] Kept 1{"\u00A0"}day late
   *[other] Kept { $days }{"\u00A0"}days late
 }
owner-promise-due-on = { $owner }, due { $due }
owner-promise-done-on = { $owner }, due { $due }, done { $done }
overdue-one = { $days ->
    [one] { $text } ({ $owner }), 1{"\u00A0"}day
   *[other] { $text } ({ $owner }), { $days }{"\u00A0"}days
 }
overdue = { $count ->
    [one] Overdue promise: { $promises }.
   *[other] { $count } overdue promises: { $promises }.
 }
overdue-and-more = { $count } overdue promises: { $promises }; and { $more } more.
more-promises-page = { $count ->
    [one] 1 more promise on the page.
   *[other] { $count } more promises on the page.
 }
more-promises-not-printed = { $count ->
    [one] 1 more promise not printed here.
   *[other] { $count } more promises not printed here.
 }
more-comments-page = { $count ->
    [one] 1 more figure commented on, on the page.
   *[other] { $count } more figures commented on, on the page.
 }
more-comments-not-printed = { $count ->
    [one] 1 more figure was commented on, not printed here.
   *[other] { $count } more figures were commented on, not printed here.
 }
ask-subject = Your comment, please: { $headline } · { $title } { $period }
ask-subject-more = Your comment, please: { $headline }, and { $more } more · { $title } { $period }
ask-intro = In the draft of the { $title }, { $period }, this needs an answer from you.
ask-why = What you say is printed with the figure, in your words. If you say nothing, that is printed too, once you had four business hours.
ask-audience = For { $recipient }, who answers for this at { $company }. Internal: not to be forwarded outside the company.
ask-answer-to = Answer to
ask-answer-with = Answer with

## The mail and the page

heading-attention = What needs attention
heading-promised = What customers were promised
heading-walk = Money walk
heading-scorecard = Scorecard
heading-restated = Changed since it was published
heading-data = Data behind this
heading-definitions = Definitions
heading-check-failed = A check failed
provisional-notice = Provisional: these figures may still change.
basis = Changes are against { $basis }.
basis-year-ago = Year ago is { $basis }.
audience = For { $team } at { $company }. Internal: not to be forwarded outside the company.
computed = Computed { $at } ({ $zone }).
walk-unvalued = Not included, for want of an exchange rate: { $amounts } of MRR.
problem = Problem, { $subject }:
not-measured = Not measured yet:
not-measured-why = { $titles }, because { $why }. To change that: { $how }.
stale = stale
none-in-period = None in this period: { $lists }.
open-page = Open the page
open-page-rest = : all figures, segments and definitions.
text-open-page = All figures, segments and definitions: { $link }
discuss = Discuss:
discuss-rest = , or reply to this mail.
row-target = Target { $target }
row-target-missed = Target { $target }, missed { $variance }
row-no-figure = n/a: { $why }
row-change-none = change: { $why }
row-change-basis = { $change } (against { $basis })
row-year-ago = Year ago { $was } ({ $change })
row-year-ago-basis = Year ago { $was } in { $basis } ({ $change })
row-year-ago-none = Year ago: { $why }
page-all-figures = All its figures
page-periods-of = Periods of { $title }
page-periods-segments-of = Periods and segments of { $title }
page-was = was { $was }
page-was-basis = was { $was }, { $basis }
column-metric = Metric
column-figure = Figure
column-change = Change
column-year-ago = Year ago
column-target = Target
column-trend = Trend
column-period = Period
column-to-date = To date
column-year-before = A year before
column-segment = Segment
column-before = Before
no-target = none
text-year-ago = year ago { $was } ({ $change })
text-year-ago-basis = year ago { $was } in { $basis } ({ $change })
text-year-ago-none = year ago: { $why }
text-no-figure = n/a, { $why }
text-target = target { $target }: { $status }
