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
verdict-met-some = { $met } of { $count } targets met; { $rest } could not be judged.
verdict-guardrail = But a guardrail was missed: { $text }.
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
subject-met-some = { $met } of { $count } targets met, { $rest } not judged
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
 } it changed by { $change }: { $part } in { $segment } ({ $now }, was { $before }).
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
counted-status = { $count } { $status }
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
events-as-above = Marked as above.
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

definition-parts = The figure is { $parts }.
definition-rows = Rows behind it:
definition-sql = SQL of { $title }
definition-made-from = Made from

## The review of one customer

account-title = Account review
account-subject = { $name }: { $headline } · Account review { $period }
account-subject-plain = { $name } · Account review { $period }
account-short = { $label } { $value }
account-headline = { $label }: { $value }
account-headline-same = { $label }: { $value }, as before
account-headline-was = { $label }: { $value }, was { $before }
account-nothing = Nothing could be measured of this customer.
account-was = was { $value }
account-unknown = unknown
account-unknown-why = unknown: { $why }
account-previous = { $whose } · “was” is { $period }
account-withheld = Not printed, because a check failed: { $check }.
account-internal = internal
account-heading-internal = Internal: not for the customer as it stands
account-audience = These sections hold judgements, estimates and what is said within the company: { $sections }. The others are the customer’s own data; still, show figures that were agreed, not this page.
account-audience-own = It holds the customer’s own data; still, show figures that were agreed, not this page.
account-unmatched = { $count ->
    [one] Not everything is known of this customer: { $systems } does not know it. What is missing is named at the end.
   *[other] Not everything is known of this customer: { $systems } do not know it. What is missing is named at the end.
 }
account-heading-promised = What customers like them were promised
account-heading-nothing = Nothing to tell
account-no-case = No case known
account-heading-matches = Which systems know them
account-matched = { $id } ({ $method ->
    [map] by account_map.csv
    [domain] by its verified e-mail domain
   *[id] by the id itself
 })
account-no-id = knows nothing of them: no id is matched
account-not-connected = not connected, or nothing was found in it
account-not-known = Not known:
account-open-page-rest = : every row of every section.
account-text-open-page = Every row of every section: { $link }
account-footer = Internal: not to be forwarded outside the company.

## Workbook, files and attachments

heading-files = Figures as data
file-workbook = Workbook (XLSX)
file-scorecard = Scorecard (CSV)
file-list = { $title } (CSV)
file-print = Print (PDF)
attached = Attached: { $files }.
not-attached = Not attached, because attachments are limited to { $limit }: { $files }. It lies beside the page in the archive.
not-attached-link = Not attached, because attachments are limited to { $limit }: { $files }. It lies beside the page: { $link }
book-read-me = Read me
book-attention = Needs attention
book-segments = Segments
book-periods = Periods
book-to-date = To date
book-walk = Money walk
book-factors = Why MRR was lost
book-promises = Promises to segments
book-restated = Changed since published
book-definitions = Definitions
book-item = What
book-is = Value
book-metric = Metric
book-team = Team
book-kind = Kind
book-unit = Unit
book-covers = Covers
book-figure = Figure
book-no-figure = Why there is none
book-n = n
book-numerator = Numerator
book-denominator = Denominator
book-low = Low (95 %)
book-high = High (95 %)
book-before = Before
book-change = Change
book-change-percent = Change, %
book-basis = Compared with
book-no-comparison = Why not compared
book-year-ago = Year ago
book-year-change = Change on year
book-year-change-percent = Change on year, %
book-year-basis = Year ago is
book-no-year-ago = Why no year ago
book-target = Target
book-variance = Against target
book-status = Status
book-segment = Segment
book-segment-value = Value
book-period = Period
book-first-day = First day
book-last-day = Last day
book-rule = Why it is told
book-since = Since
book-run = Periods in a row
book-moved-by = Segment that moved it
book-behind = Customers behind it
book-line = Line
book-amount = Amount
book-customers = Customers
book-reason = Reason
book-function = Answers for it
book-churned = Churned MRR
book-share = Share
book-promise = Promise
book-kept = Kept
book-kept-for = Kept for customers
book-of-customers = Of customers
book-published = As published
book-today = Today
book-edition = Edition
book-cause = Cause
book-definition = Definition
book-name = Name
book-hash = Hash
book-in-hours = { $title } (hours)
book-in-business-hours = { $title } (business hours)
book-unit-count = count
book-unit-number = number
book-unit-hours = hours
book-unit-business-hours = business hours
book-window = { $window ->
    [mtd] month to date
    [qtd] quarter to date
    [ytd] year to date
    [t12m] 12 months
   *[period] the period
 }
book-rule-target = target missed
book-rule-guardrail = its guardrail was missed
book-rule-conflict = it improved while its guardrail got worse
book-rule-signal = it left its routine
book-too-few = too few for a percentage: see the counts and their interval
book-edition-of = { $number } of { $period }
book-unvalued = Not included, no exchange rate: MRR in { $currency }
book-company = Company
book-report = Report
book-for = For
book-computed = Computed
book-computed-at = { $at } ({ $zone })
book-currency = Currency
book-customers-are = Customers are shown
book-customers-shown = { $how ->
    [names] by name
    [ids] by id
   *[none] not at all
 }
book-provisional = Provisional
book-forced = Printed although a check failed
book-withheld = Withheld
book-problem = Problem
book-not-measured = Not measured yet
book-source = Source
book-coverage = Matched
book-cut = List cut short
book-of-section = { $section }: { $text }
book-how = How to read it
book-note-internal = Internal: not to be forwarded outside the company.
book-note-empty = An empty figure is not known; the column beside it says why. It is never a zero.
book-note-units = Durations are hours with decimals; business hours are hours of the team's business time. Changes of percentages are percentage points (pp).
book-note-digits = Money is exact. A cell holds fifteen digits: further digits of averages and ratios are rounded away, and an amount or a count that would lose one is written as text, digit by digit.
book-note-formulas = Text that begins like a formula (=, +, -, @) is marked as text and is never calculated, not even when it is edited here.
book-note-few = Few cases do not make a percentage: their counts and the interval they allow are given instead.

## Corrections

heading-corrected = What changed
heading-completed = Provisional then, complete now
correction-headline = Correction: { $title } · { $period }
correction-intro = { $count ->
    [one] One figure of edition { $number }, mailed { $at }, is different now. The rest of its scorecard stands.
   *[other] { $n } figures of edition { $number }, mailed { $at }, are different now. The rest of its scorecard stands.
 }
correction-complete = Edition { $number }, mailed { $at }, was provisional. It is complete now, and the figures of its scorecard stand.
correction-walk = Money walk, { $line }
correction-status = { $old } → { $new }.
correction-told = It needs attention now.
correction-untold = It no longer needs attention.
correction-cause = Cause: { $cause }.
correction-once = This edition is corrected by mail once. What changes later is listed in the next one.

## Why an edition is provisional, and why an earlier figure changed

late-never-pulled = { $source } has not been pulled completely yet
late-source = { $source } was last pulled on { $at }, before the period ended
late-shrunk = { $source } { $stream } has { $rows } records where it had { $before }
late-dried-up = { $source } { $stream } brought { $rows } records a day where there never were fewer than { $least }
cause-definition = its definition changed
cause-setting = a setting that it reads changed
cause-identity = accounts were matched anew
cause-rates = exchange rates changed
cause-records = the records behind it changed
cause-unknown = the cause is not known: what the edition kept cannot be read
cause-added = { $count ->
    [one] 1 record came late
   *[other] { $n } records came late
 }
cause-changed = { $count ->
    [one] 1 record changed
   *[other] { $n } records changed
 }
cause-removed = { $count ->
    [one] 1 record no longer counts
   *[other] { $n } records no longer count
 }
cause-and = { $one }, { $other }
cause-example = { $cause } ({ $example })

## Leaving a report, on the web

leave-title = Unsubscribe
leave-what = { $report } of { $company }
leave-question = Mails of this report go to { $address }. Send no more?
leave-button = Send no more mails of this report
leave-done = No more mails of this report are sent to { $address }.
leave-mistake = This was a mistake? Whoever runs the reviews can put you back: answer to any of the mails.
# The web: signing in, and the forms of owners
door-sign-in = Sign in
door-sign-in-intro = Give the address your reviews are sent to. You get a mail with a link that signs you in; there is no password.
door-address = E-mail address
door-sign-in-button = Mail me a link
door-bad-address = “{ $address }” is not an e-mail address. Write it as name@company.example.
door-sent = Look into your mailbox
door-sent-intro = If this address may sign in here, a mail with a link is on its way. The link works once, within { $minutes } minutes.
door-sent-help = Nothing came? Look among unwanted mail. At most { $most } links an hour go to one address. Whoever runs this service knows which addresses may sign in.
door-enter-intro = One step is left. The link in your mail works once, so that it is used up by you and by no program that looks through mail.
door-enter-button = Sign in on this device
door-used = This link was used before, or its time is over. Ask for another one.
door-signed-in = You are signed in as { $address }.
door-sign-out = Sign out
door-expired = This link is over
door-expired-intro = The link of a mail opens its review for { $days } days. A fresh one is mailed to the address the mail was sent to, if it still receives the review.
door-expired-button = Mail a fresh link
door-expired-sent = If the address the mail was sent to still receives the review, a mail with a fresh link is on its way.
door-unknown = There is nothing here
door-unknown-intro = The link is not whole, or it was called back. Copy it whole from the mail, or sign in to read your reviews.
door-too-many = Too many attempts from here
door-too-many-intro = Wait a quarter of an hour and try again. Nothing was changed.
door-refused = Nothing was changed
door-refused-intro = The form was open for too long, or was not sent from here. Go back, load the page again, and send it once more.
door-not-yours = This is for those who answer for the review
door-not-yours-intro = You may read it. Comments and promises are made by the owner of its team and whoever answers with them ([teams] owner, commenters).
door-not-run = Runs are asked for by operators
door-not-run-intro = You may read the review. Whoever operates this service runs it ([operator], [web] operators).
door-sign-in-first = Sign in to read on. Those who answer for the review also comment and promise.
door-to-comment = Comment on a figure
door-to-promise = Promise something
door-to-promises = Promises
door-edition = The review
door-comment = Comment · { $title } · { $period }
door-comment-intro = What you say is printed with the figure, in your words, in the next edition of every review that shows it. What was sent stays as it was.
door-comment-figure = Figure
door-comment-text = What there is to say of it
door-comment-hint = Plain text, at most { $most } characters. Addresses that begin with https:// become links.
door-comment-button = Note the comment
door-comment-noted = Noted. It is printed in the next edition.
door-comment-same = You said so before, in the same words. Nothing was changed.
door-comment-said = Said of { $title } so far
door-said-by = { $author }, { $day }
door-promises = Promises · { $title }
door-promise-new = Promise something
door-promise-intro = A promise is printed in every review it is for until it is done: due, or overdue by so many days.
door-promise-text = What will be done
door-promise-owner = Who does it
door-promise-due = By which day
door-promise-metric = The figure it is meant to move
door-promise-no-metric = None in particular
door-promise-for = Which reviews show it
door-promise-for-team = All reviews of the team { $team }
door-promise-for-report = Only this review: { $title }
door-promise-button = Promise it
door-promise-made = Promised. It is shown until it is done.
door-promise-bad-day = “{ $day }” is not a day. Write it as 2026-12-31.
door-promise-state-overdue = Overdue by { $days ->
    [one] 1 day
   *[other] { $days } days
 }
door-promise-state-due = Due in { $days ->
    [one] 1 day
   *[other] { $days } days
 }
door-promise-state-kept = Done
door-promise-line = { $state } · { $owner } · { $due }
door-promise-note = What came of it
door-promise-optional = May stay empty.
door-promise-done-button = It is done
door-promise-kept = Noted as done. The next edition says so.
door-at-most = At most { $most } characters.

link-sign-in-subject = Sign in to the reviews of { $company }
link-sign-in-intro = Somebody asked for a link to sign in as { $address }.
link-sign-in-action = Sign in
link-sign-in-small = It works once, until { $minutes } minutes after it was asked for. If it was not you, leave it alone: nothing happens without it.
link-fresh-subject = A fresh link: { $title } · { $period }
link-fresh-intro = The link in the mail to { $address } was over, and a fresh one was asked for.
link-fresh-action = Open the review
link-fresh-small = It opens this one review for { $days } days and is for you alone. Internal: not to be forwarded outside the company.
## Pages of the service

web-archive = Business reviews
web-main = Pages
web-skip = Skip to the content
web-search = Search
web-search-what = Words in reviews
web-report = Report
web-any-report = All reports
web-year = Year
web-any-year = All years
web-period-like = Period
web-clear = Clear
web-view = Order
web-by-report = By report
web-by-period = By period
web-provisional = provisional
web-correction = correction
web-edition = edition { $number }
web-published = published { $at }
web-more-reviews = { $count ->
    [one] 1 more review
   *[other] { $count } more reviews
 }
web-newer = Newer
web-older = Older
web-metrics-found = Metrics
web-nothing-found = Nothing found. Fewer words or another period may help.
web-searched-back-to = Searched back to { $period }. For earlier ones choose a report or a year.
web-none = No review yet
web-none-what = Reviews appear here once they are published. Somebody who operates this service can make one by hand:
web-none-schedule = Reports with a cron line in bizreview.toml come by themselves.
web-none-yours = If you expected one, it may not be addressed to you.
web-reviews = Reviews
web-recipients = { $count ->
    [one] Goes to 1 recipient
   *[other] Goes to { $count } recipients
 }
web-no-schedule = Not sent by itself: it has no schedule.
web-next-due = Next due { $at } ({ $zone })
web-not-mailed = The latest review was not mailed.
web-none-delivered = The latest review was delivered to 0 of { $total } so far.
web-delivered = The latest review was delivered to { $sent } of { $total }, last at { $at }
web-deliveries = Deliveries
web-metrics = Metrics over time
web-editions = Editions
web-superseded = A newer edition exists:
web-since = Since this edition
web-nothing-since = Nothing was said since.
web-promises-now = Promises as they stand today
web-untouched = The review above is the file as it was published
web-digest = digest
web-alone = by itself
web-history = Published figures
web-was = was { $figure } in an earlier edition
web-redefined = counted differently from here on
web-latest-in = As the latest edition has it:
web-also-in = Also in
web-rows-behind = Rows behind the figure
web-rows-for-session = The rows behind the figure are for those who sign in.
web-unreadable = The latest edition's own data cannot be read any more; its published figures are below, without units.
web-missing = There is no such page
web-missing-what = It may have moved, or it may be for other readers.
web-refused = This page is for operators
web-refused-what = It shows addresses and deliveries of reports.
web-rows = Rows are for those who sign in
web-rows-what = The file names customers. Reading links do not open it.
web-failed = Something went wrong
web-failed-what = The page could not be made. The service's log says why.
web-owner = Accountable
web-definition = What it means
web-files = Files of this edition
web-behind = Behind the figure
cause-erasure = a customer was forgotten, as privacy law asks

# An edition from which somebody was erased later
erasure-note = A customer was forgotten after this edition was published, as privacy law asks: “[erased]” stands where names and ids stood. The figures are those that were published.
