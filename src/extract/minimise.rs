//! What is removed from a record because of what stands beside it.

use std::borrow::Cow;

use super::lens;
use super::manifest::DropWhere;
use super::pick::Picker;

/// The `drop_where` of a stream, prepared once.
pub(super) struct Minimise(Vec<(DropWhere, Picker)>);

impl Minimise {
    pub(super) fn new(rules: &[DropWhere]) -> Minimise {
        Minimise(rules.iter().map(|rule| (rule.clone(), Picker::new(&rule.drop, []))).collect())
    }

    /// The record without them; as it is where no rule says anything.
    pub(super) fn apply<'a>(&self, record: &'a str) -> Cow<'a, str> {
        let mut record = Cow::Borrowed(record);
        for (rule, picker) in &self.0 {
            let Some(elements) = lens::list(&record, &rule.each) else { continue };
            let is_meant = |element: &str| {
                rule.has.iter().any(|field| lens::at(element, field).is_some_and(|value| value != "null"))
            };
            if !elements.iter().any(|element| is_meant(element)) {
                continue;
            }
            let kept: Vec<Cow<'_, str>> = elements
                .into_iter()
                .map(|e| if is_meant(e) { picker.pick(e).rest() } else { Cow::Borrowed(e) })
                .collect();
            let list = format!("[{}]", kept.join(","));
            record = Cow::Owned(lens::replace(&record, &rule.each, &list));
        }
        record
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_before_a_change_goes_with_the_field_that_changed() {
        let rule = DropWhere { each: "/list".into(), has: vec!["/subject".into()], drop: vec!["/before".into()] };
        let minimise = Minimise::new(&[rule]);
        let text = r#"{"id":1,"list":[{"subject":"b","before":"a"},{"status":"open","before":"new"},{"subject":null,"before":"c"},7]}"#;
        let expected =
            r#"{"id":1,"list":[{"subject":"b"},{"status":"open","before":"new"},{"subject":null,"before":"c"},7]}"#;
        assert_eq!(minimise.apply(text), expected);
        for as_it_is in [r#"{"list":[{"status":1}]}"#, r#"{"list":{}}"#, "{}", "[", ""] {
            assert!(matches!(minimise.apply(as_it_is), Cow::Borrowed(same) if same == as_it_is));
        }
    }
}
