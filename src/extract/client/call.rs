//! Changing one parameter of a request, wherever it is: in the query, or in the body.

use serde_json::{Map, Number, Value};

use super::Call;

impl Call {
    /// Sets a parameter in place of all of its name; a name that starts with `/` points into the JSON body.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        if name.starts_with('/') {
            let mut body: Value =
                self.body.as_deref().and_then(|body| serde_json::from_str(body).ok()).unwrap_or_default();
            put(&mut body, name, value);
            self.body = Some(body.to_string());
        } else {
            self.query.retain(|(n, _)| n != name);
            self.query.push((name.into(), value.into()));
        }
    }

    /// Takes a parameter away, also from the body; what is in a list there stays, as the others would move.
    pub(crate) fn unset(&mut self, name: &str) {
        self.query.retain(|(n, _)| n != name);
        let Some((parent, last)) = name.rsplit_once('/') else { return };
        let Some(mut body) = self.body.as_deref().and_then(|body| serde_json::from_str::<Value>(body).ok()) else {
            return;
        };
        if let Some(Value::Object(members)) = body.pointer_mut(parent) {
            members.remove(&last.replace("~1", "/").replace("~0", "~"));
            self.body = Some(body.to_string());
        }
    }

    /// A parameter as the request has it.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        if name.starts_with('/') {
            super::super::lens::plain_at(self.body.as_deref()?, name)
        } else {
            self.query.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone())
        }
    }
}

/// Puts a text at a pointer, making the objects on the way. Where a number was, a number is put.
fn put(body: &mut Value, pointer: &str, text: &str) {
    let mut here = body;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        if !here.is_object() && !here.is_array() {
            *here = Value::Object(Map::new());
        }
        let next = match here {
            Value::Array(list) => step.parse::<usize>().ok().and_then(|at| list.get_mut(at)),
            Value::Object(map) => Some(map.entry(step).or_insert(Value::Null)),
            _ => None,
        };
        let Some(next) = next else { return };
        here = next;
    }
    let number = here.is_number().then(|| text.parse::<Number>().ok()).flatten();
    *here = number.map_or_else(|| Value::from(text), Value::Number);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pointer_reaches_into_lists_makes_what_is_missing_and_keeps_numbers_numbers() {
        let mut body = json!({"filters": [{"value": 0}, {"value": "0"}]});
        put(&mut body, "/filters/0/value", "12");
        put(&mut body, "/filters/1/value", "12");
        put(&mut body, "/filters/7/value", "12");
        put(&mut body, "/page/after", "x");
        assert_eq!(body, json!({"filters": [{"value": 12}, {"value": "12"}], "page": {"after": "x"}}));
    }
}
