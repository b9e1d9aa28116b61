//! The words for one stream: what is asked, which part of the answer is a record, and how it is kept.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Action, Dialect, DropWhere, ErrorCode, Expect, Incremental, Paginate, TapStream, Terms};

/// One kind of record.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stream {
    pub name: String,
    #[serde(default)]
    pub method: Method,
    /// Of an API: what follows the base address. Of files: a pattern below the source's directory, or an address.
    #[serde(default)]
    pub path: String,
    /// How its files are written.
    #[serde(default)]
    pub file: Dialect,
    /// Query parameters, added to the manifest's defaults.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    /// JSON body.
    #[serde(default)]
    pub body: Option<serde_json::Value>,
    /// File under `queries/rollups/` whose text is `{sql}`.
    #[serde(default)]
    pub sql: Option<String>,
    /// The query itself, of a `sql` manifest.
    #[serde(default)]
    pub query: Option<String>,
    /// Pointer to the list of records; absent: the answer itself.
    #[serde(default)]
    pub records: Option<String>,
    /// Pointer to column names, where records are arrays of values.
    #[serde(default)]
    pub columns: Option<String>,
    /// Pointer to the API's own count of the list's records.
    #[serde(default)]
    pub total: Option<String>,
    /// Pointers to what identifies a record.
    #[serde(default)]
    pub key: Vec<String>,
    pub write: Write,
    #[serde(default)]
    pub paginate: Option<Paginate>,
    #[serde(default)]
    pub incremental: Incremental,
    /// Lists inside a record that have pages of their own.
    #[serde(default)]
    pub nested: Vec<Nested>,
    /// Fields removed before landing; `*` stands for every element.
    #[serde(default)]
    pub drop: Vec<String>,
    /// Fields removed before landing where another field is beside them.
    #[serde(default)]
    pub drop_where: Vec<DropWhere>,
    /// Fields that land as keyed hashes, the same for the same value in every pull and every source; `*` stands for every element.
    /// Of an e-mail address the domain stays.
    #[serde(default)]
    pub hash: Vec<String>,
    /// What the provider calls the permission to read it.
    #[serde(default)]
    pub scope: Option<String>,
    /// Whose a record is: the first field that is there decides. Records of a customer who is forgotten go with it.
    #[serde(default)]
    pub whose: Vec<Whose>,
    /// Fields that must be there, with their type; `integer?` may be absent or null but not of another type.
    #[serde(default)]
    pub required: BTreeMap<String, Type>,
    /// What becomes of fields that are new.
    #[serde(default)]
    pub contract: Terms,
    /// What must be true after a pull.
    #[serde(default)]
    pub expect: Expect,
    /// How deep its history goes, where that is less than what is asked for.
    #[serde(default)]
    pub history_days: Option<i32>,
    /// Days after which a record is history and goes; absent: never. See [`crate::extract::retain`].
    #[serde(default)]
    pub retain_days: Option<u32>,
    /// Pointer to the time that says how old a record is, where that is not the field by which it is read on.
    #[serde(default)]
    pub retain_by: Option<String>,
    /// Budget group.
    #[serde(default)]
    pub group: Option<String>,
    /// One walk per record of another stream, whose key is `{parent}`.
    #[serde(default)]
    pub parent: Option<Parent>,
    /// What it is to the tap.
    #[serde(default)]
    pub tap: TapStream,
    /// Not everybody has it: being skipped is no warning.
    #[serde(default)]
    pub optional: bool,
    #[serde(default)]
    pub errors: BTreeMap<String, Action>,
    #[serde(default)]
    pub error_codes: Vec<ErrorCode>,
}

impl Stream {
    /// Records the API gives of one list at most.
    pub fn at_most(&self) -> Option<u64> {
        self.paginate.as_ref().and_then(Paginate::at_most)
    }

    /// Of files: whether it is many of them.
    pub fn is_pattern(&self) -> bool {
        self.path.contains(['*', '?', '['])
    }
}

/// A field that says whose a record is: a customer's id in a system, or the key of another stream's record.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Whose {
    /// Pointer to the id.
    pub at: String,
    /// `billing`, `support`, `product`, `crm`, or `account` for an id of any of them.
    #[serde(default)]
    pub system: Option<String>,
    /// A stream of the same manifest.
    #[serde(default)]
    pub stream: Option<String>,
}

impl Whose {
    /// What the id is of: a system, or `manifest/stream`.
    pub fn kind(&self, manifest: &str) -> String {
        match (&self.system, &self.stream) {
            (Some(system), _) => system.clone(),
            (None, stream) => format!("{manifest}/{}", stream.as_deref().unwrap_or_default()),
        }
    }
}

/// What a batch does to what was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Write {
    /// The newest record of a key stands.
    Merge,
    /// Every distinct record of a key stands.
    Versions,
    /// Records never change; a key seen twice is the same record.
    Append,
    /// The batches of the newest pull are all there is.
    Replace,
    /// Like replace, for the batch's window only.
    ReplaceWindow,
}

impl Write {
    /// As the ledger stores it.
    pub fn as_str(self) -> &'static str {
        match self {
            Write::Merge => "merge",
            Write::Versions => "versions",
            Write::Append => "append",
            Write::Replace => "replace",
            Write::ReplaceWindow => "replace_window",
        }
    }
}

/// HTTP method; both are used for reading only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    #[default]
    Get,
    Post,
}

/// A query parameter: one value or several of the same name.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Param {
    One(String),
    Number(i64),
    Many(Vec<String>),
}

impl Param {
    /// Its values as text.
    pub fn values(&self) -> Vec<String> {
        match self {
            Param::One(text) => vec![text.clone()],
            Param::Number(number) => vec![number.to_string()],
            Param::Many(list) => list.clone(),
        }
    }
}

/// A list inside a record: `{data: [...], has_more, url}`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nested {
    /// Pointer to the list object.
    pub at: String,
    /// Inside it: the elements, whether there are more, and where.
    #[serde(default = "data")]
    pub records: String,
    #[serde(default = "has_more")]
    pub more: String,
    #[serde(default = "url")]
    pub url: String,
    /// Parameters of the pages.
    #[serde(default)]
    pub params: BTreeMap<String, Param>,
    /// Parameter that takes the last element's id.
    pub param: String,
    #[serde(default = "id")]
    pub field: String,
}

/// The stream a child is read for.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parent {
    pub stream: String,
    /// Pointer to the parent's key.
    #[serde(default = "id")]
    pub field: String,
    /// Only for the parents that changed, as their own `incremental` says: the child keeps a place of its own in their list.
    #[serde(default)]
    pub changed: bool,
}

/// Type of a required field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type {
    pub name: TypeName,
    pub nullable: bool,
}

/// JSON types, with whole numbers apart, and texts of a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeName {
    String,
    Integer,
    Number,
    Boolean,
    Object,
    Array,
    Any,
    /// Text that begins with a date like 2026-01-31.
    Date,
    /// Text that is a number with a decimal point.
    Decimal,
}

impl<'de> Deserialize<'de> for Type {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (name, nullable) = text.strip_suffix('?').map_or((text.as_str(), false), |name| (name, true));
        let name = match name {
            "string" => TypeName::String,
            "integer" => TypeName::Integer,
            "number" => TypeName::Number,
            "boolean" => TypeName::Boolean,
            "object" => TypeName::Object,
            "array" => TypeName::Array,
            "any" => TypeName::Any,
            "date" => TypeName::Date,
            "decimal" => TypeName::Decimal,
            _ => {
                return Err(serde::de::Error::custom(format!(
                    "{text:?} is not a type; use string, integer, number, boolean, object, array, date, decimal or any, with ? where \
                     it may be null"
                )));
            }
        };
        Ok(Type { name, nullable })
    }
}

fn data() -> String {
    "/data".into()
}
fn has_more() -> String {
    "/has_more".into()
}
fn url() -> String {
    "/url".into()
}
fn id() -> String {
    "/id".into()
}
