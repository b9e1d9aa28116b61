//! Enough of HogQL in DuckDB's SQL: the functions a rollup uses, properties, and local days without ICU.

use jiff::{
    Timestamp,
    civil::DateTime,
    tz::{TimeZone, TimeZoneDatabase},
};

use super::{
    super::super::time::{DAY, Secs},
    timestamp,
};

/// PostHog's default and greatest number of rows.
const DEFAULT_LIMIT: usize = 100;
const MAX_LIMIT: usize = 50_000;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Quoted(String),
    Text(String),
    Number(String),
    Sign(String),
}

/// DuckDB's SQL for a query, asking for one row more than its limit, and the limit and offset.
pub fn translate(text: &str, now: Secs) -> Result<(String, usize, usize), String> {
    let mut tokens = tokenize(text)?;
    if tokens.last() == Some(&Token::Sign(";".to_owned())) {
        tokens.pop();
    }
    let starts = matches!(tokens.first(), Some(Token::Word(word)) if word.eq_ignore_ascii_case("select") || word.eq_ignore_ascii_case("with"));
    if !starts || tokens.contains(&Token::Sign(";".to_owned())) {
        return Err("Only a single SELECT query is supported".to_owned());
    }
    let offset = take_clause(&mut tokens, "offset")?.unwrap_or(0);
    let limit = take_clause(&mut tokens, "limit")?.unwrap_or(DEFAULT_LIMIT).min(MAX_LIMIT);
    let sql = Translator { tokens: &tokens, now }.run(0, tokens.len())?;
    Ok((format!("{sql} limit {} offset {offset}", limit + 1), limit, offset))
}

fn tokenize(text: &str) -> Result<Vec<Token>, String> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&next) = chars.get(at) {
        let start = at;
        let take = |at: &mut usize, fits: &dyn Fn(char) -> bool| {
            while chars.get(*at).is_some_and(|next| fits(*next)) {
                *at += 1;
            }
            chars[start..*at].iter().collect::<String>()
        };
        if next.is_whitespace() {
            at += 1;
        } else if next == '-' && chars.get(at + 1) == Some(&'-') {
            take(&mut at, &|next| next != '\n');
        } else if next == '\'' || next == '`' || next == '"' {
            let mut inner = String::new();
            at += 1;
            loop {
                match chars.get(at) {
                    None => return Err(format!("Unterminated string at position {start}")),
                    Some('\\') if next == '\'' && at + 1 < chars.len() => {
                        inner.push(chars[at + 1]);
                        at += 2;
                    }
                    Some(end) if *end == next && chars.get(at + 1) == Some(&next) => {
                        inner.push(next);
                        at += 2;
                    }
                    Some(end) if *end == next => break,
                    Some(other) => {
                        inner.push(*other);
                        at += 1;
                    }
                }
            }
            at += 1;
            tokens.push(if next == '\'' { Token::Text(inner) } else { Token::Quoted(inner) });
        } else if next.is_ascii_digit() {
            tokens.push(Token::Number(take(&mut at, &|next| next.is_ascii_digit() || next == '.')));
        } else if next.is_alphabetic() || next == '_' || next == '$' {
            let word = take(&mut at, &|next| next.is_alphanumeric() || next == '_' || next == '$');
            tokens.push(if word.contains('$') { Token::Quoted(word) } else { Token::Word(word) });
        } else {
            let pair: String = chars[at..chars.len().min(at + 2)].iter().collect();
            let sign =
                if ["<=", ">=", "!=", "<>", "==", "||"].contains(&pair.as_str()) { pair } else { next.to_string() };
            at += sign.len();
            tokens.push(Token::Sign(if sign == "==" { "=".to_owned() } else { sign }));
        }
    }
    Ok(tokens)
}

/// Takes `limit N` or `offset N` off the outermost query.
fn take_clause(tokens: &mut Vec<Token>, name: &str) -> Result<Option<usize>, String> {
    let mut depth = 0_i32;
    for at in 0..tokens.len() {
        match &tokens[at] {
            Token::Sign(sign) if sign == "(" => depth += 1,
            Token::Sign(sign) if sign == ")" => depth -= 1,
            Token::Word(word) if depth == 0 && word.eq_ignore_ascii_case(name) => {
                let Some(Token::Number(number)) = tokens.get(at + 1) else {
                    return Err(format!("mismatched input after '{name}', expecting a number"));
                };
                let number = number.parse().map_err(|_| format!("'{number}' is not a row count"))?;
                tokens.drain(at..at + 2);
                return Ok(Some(number));
            }
            _ => {}
        }
    }
    Ok(None)
}

struct Translator<'a> {
    tokens: &'a [Token],
    now: Secs,
}

impl Translator<'_> {
    fn is(&self, at: usize, sign: &str) -> bool {
        matches!(self.tokens.get(at), Some(Token::Sign(found)) if found == sign)
    }

    fn run(&self, from: usize, to: usize) -> Result<String, String> {
        let mut sql = String::new();
        let mut at = from;
        while at < to {
            let (piece, next) = self.piece(at, to)?;
            // `a.b` and `f(x)` must stay together; spaces elsewhere never hurt.
            if !sql.is_empty() && !piece.starts_with('.') && !sql.ends_with('.') {
                sql.push(' ');
            }
            sql.push_str(&piece);
            at = next;
        }
        Ok(sql)
    }

    fn piece(&self, at: usize, to: usize) -> Result<(String, usize), String> {
        match &self.tokens[at] {
            Token::Text(text) => Ok((literal(text), at + 1)),
            Token::Number(number) => Ok((number.clone(), at + 1)),
            Token::Quoted(name) => Ok((quoted(name), at + 1)),
            Token::Sign(sign) => Ok((sign.clone(), at + 1)),
            Token::Word(word) if word == "properties" && self.is(at + 1, ".") => self.property(at + 2),
            Token::Word(word) if self.is(at + 1, "(") && !keyword(word) => self.call(word, at + 1, to),
            Token::Word(word) => Ok((word.clone(), at + 1)),
        }
    }

    fn property(&self, at: usize) -> Result<(String, usize), String> {
        match self.tokens.get(at) {
            Some(Token::Word(name) | Token::Quoted(name)) => Ok((extract("properties", name), at + 1)),
            _ => Err("mismatched input after 'properties.', expecting a name".to_owned()),
        }
    }

    /// The arguments of the call whose parenthesis opens at `open`, and the token after it.
    fn arguments(&self, open: usize, to: usize) -> Result<(Vec<(usize, usize)>, usize), String> {
        let (mut depth, mut start, mut arguments) = (0, open + 1, Vec::new());
        for at in open..to {
            match &self.tokens[at] {
                Token::Sign(sign) if sign == "(" || sign == "[" => depth += 1,
                Token::Sign(sign) if sign == ")" || sign == "]" => {
                    depth -= 1;
                    if depth == 0 {
                        if at > start {
                            arguments.push((start, at));
                        }
                        return Ok((arguments, at + 1));
                    }
                }
                Token::Sign(sign) if sign == "," && depth == 1 => {
                    arguments.push((start, at));
                    start = at + 1;
                }
                _ => {}
            }
        }
        Err("mismatched input '<EOF>', expecting ')'".to_owned())
    }

    fn call(&self, name: &str, open: usize, to: usize) -> Result<(String, usize), String> {
        let (arguments, next) = self.arguments(open, to)?;
        if matches!(name, "quantile" | "quantileIf" | "quantileExact") && self.is(next, "(") {
            let (values, after) = self.arguments(next, to)?;
            let level = self.argument(&arguments, 0)?;
            let filter = if name == "quantileIf" {
                format!(" filter (where {})", self.argument(&values, 1)?)
            } else {
                String::new()
            };
            let value = self.argument(&values, 0)?;
            return Ok((format!("quantile_cont(try_cast({value} as double), {level}){filter}"), after));
        }
        let one = || self.argument(&arguments, 0);
        let two = || self.argument(&arguments, 1);
        let three = || self.argument(&arguments, 2);
        let number = |text: String| format!("try_cast({text} as double)");
        let sql = match name {
            "count" if arguments.is_empty() => "count(*)".to_owned(),
            "countIf" => format!("count(*) filter (where {})", one()?),
            "uniq" | "uniqExact" => format!("count(distinct {})", one()?),
            "uniqIf" | "uniqExactIf" => format!("count(distinct {}) filter (where {})", one()?, two()?),
            "sum" | "avg" => format!("{name}({})", number(one()?)),
            "sumIf" | "avgIf" => format!("{}({}) filter (where {})", &name[..3], number(one()?), two()?),
            "minIf" | "maxIf" => format!("{}({}) filter (where {})", &name[..3], one()?, two()?),
            "any" => format!("any_value({})", one()?),
            "argMax" => format!("arg_max({}, {})", one()?, two()?),
            "argMin" => format!("arg_min({}, {})", one()?, two()?),
            "toString" => format!("cast({} as varchar)", one()?),
            "toFloat" | "toFloatOrNull" | "toFloat64" => number(one()?),
            "toInt" | "toIntOrNull" | "toInt64" => format!("try_cast({} as bigint)", one()?),
            "toDate" => format!("cast({} as date)", self.local(&arguments)?),
            "toDateTime" | "parseDateTimeBestEffort" | "toDateTime64" => self.instant(&arguments)?,
            "toTimeZone" => self.local(&arguments)?,
            "toStartOfDay" => format!("date_trunc('day', {})", one()?),
            "toStartOfHour" => format!("date_trunc('hour', {})", one()?),
            "toStartOfMonth" => format!("date_trunc('month', {})", one()?),
            "toMonday" => format!("date_trunc('week', {})", one()?),
            // the sandbox's surveys have one question, named by its place
            "getSurveyResponse" => extract("properties", "$survey_response"),
            "now" => format!("timestamp '{}'", timestamp(self.now)),
            "today" => format!("date '{}'", &timestamp(self.now)[..10]),
            "multiIf" => self.cases(&arguments)?,
            "if" => format!("case when {} then {} else {} end", one()?, two()?, three()?),
            "ifNull" => format!("coalesce({}, {})", one()?, two()?),
            "notEmpty" => format!("coalesce({} <> '', false)", one()?),
            "empty" => format!("coalesce({} = '', true)", one()?),
            "isNull" => format!("({} is null)", one()?),
            "isNotNull" => format!("({} is not null)", one()?),
            "tuple" => format!("({})", self.run(open + 1, next - 1)?),
            "JSONExtractString" | "JSONExtractFloat" | "JSONExtractInt" => {
                match &self.tokens[arguments.get(1).ok_or("missing argument")?.0] {
                    Token::Text(key) => extract(&one()?, key),
                    _ => return Err(format!("{name} needs a string as its second argument")),
                }
            }
            "coalesce" | "min" | "max" | "round" | "floor" | "ceil" | "abs" | "lower" | "upper" | "concat"
            | "length" | "count" | "least" | "greatest" | "nullif" | "nullIf" | "startsWith" | "like" | "median"
            | "row_number" | "not" => {
                let inner = self.run(open + 1, next - 1)?;
                let name = if name == "startsWith" { "starts_with" } else { name };
                format!("{name}({inner})")
            }
            _ => return Err(format!("Unsupported function call '{name}(...)'")),
        };
        Ok((sql, next))
    }

    /// `multiIf(condition, value, …, otherwise)`
    fn cases(&self, arguments: &[(usize, usize)]) -> Result<String, String> {
        let otherwise = arguments.len().checked_sub(1).filter(|last| last % 2 == 0 && *last > 0);
        let otherwise = otherwise.ok_or("multiIf takes conditions with values, and a last value")?;
        let mut sql = String::from("case");
        for condition in (0..otherwise).step_by(2) {
            let (condition, value) = (self.argument(arguments, condition)?, self.argument(arguments, condition + 1)?);
            sql += &format!(" when {condition} then {value}");
        }
        Ok(format!("{sql} else {} end", self.argument(arguments, otherwise)?))
    }

    fn argument(&self, arguments: &[(usize, usize)], number: usize) -> Result<String, String> {
        let (from, to) = arguments.get(number).ok_or_else(|| format!("expected at least {} arguments", number + 1))?;
        self.run(*from, *to)
    }

    fn zone(&self, arguments: &[(usize, usize)]) -> Result<Option<TimeZone>, String> {
        match arguments.get(1).map(|(from, _)| &self.tokens[*from]) {
            None => Ok(None),
            Some(Token::Text(name)) => {
                TimeZoneDatabase::from_env().get(name).map(Some).map_err(|_| format!("Unknown time zone '{name}'"))
            }
            Some(_) => Err("a time zone must be a string".to_owned()),
        }
    }

    /// A time as the clock of the zone in the second argument shows it, by its transitions around the simulated years.
    fn local(&self, arguments: &[(usize, usize)]) -> Result<String, String> {
        let value = self.argument(arguments, 0)?;
        let Some(zone) = self.zone(arguments)? else { return Ok(value) };
        let first = Timestamp::from_second(self.now - 6 * 366 * DAY).unwrap_or(Timestamp::UNIX_EPOCH);
        let mut offset = zone.to_offset(first).seconds();
        let mut cases = String::new();
        for transition in zone.following(first).take(24) {
            let until = timestamp(transition.timestamp().as_second());
            cases = format!("{cases} when {value} < timestamp '{until}' then {offset}");
            offset = transition.offset().seconds();
        }
        if cases.is_empty() {
            return Ok(format!("({value} + to_seconds({offset}))"));
        }
        Ok(format!("({value} + to_seconds(case{cases} else {offset} end))"))
    }

    /// `toDateTime('…')`, `toDateTime('…', 'Zone')` or of an expression.
    fn instant(&self, arguments: &[(usize, usize)]) -> Result<String, String> {
        let zone = self.zone(arguments).ok().flatten().unwrap_or(TimeZone::UTC);
        match arguments.first() {
            Some((from, to)) if *to == from + 1 => match &self.tokens[*from] {
                Token::Text(text) => {
                    let at = moment(text, &zone).ok_or_else(|| format!("Cannot parse '{text}' as DateTime"))?;
                    Ok(format!("timestamp '{}'", timestamp(at)))
                }
                Token::Number(seconds) => Ok(format!("make_timestamp({seconds} * 1000000)")),
                _ => Ok(format!("cast({} as timestamp)", self.argument(arguments, 0)?)),
            },
            _ => Ok(format!("cast({} as timestamp)", self.argument(arguments, 0)?)),
        }
    }
}

fn moment(text: &str, zone: &TimeZone) -> Option<Secs> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at.as_second());
    }
    let civil: DateTime = text.parse().ok()?;
    zone.to_timestamp(civil).ok().map(Timestamp::as_second)
}

fn keyword(word: &str) -> bool {
    const KEYWORDS: [&str; 22] = [
        "select", "from", "where", "in", "and", "or", "not", "having", "by", "on", "as", "over", "when", "then",
        "else", "using", "join", "with", "distinct", "interval", "union", "all",
    ];
    KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn extract(value: &str, key: &str) -> String {
    format!("json_extract_string({value}, {})", literal(&format!("$.\"{key}\"")))
}
