//! What several features' tests need.

pub mod api;
pub mod company;
pub mod conversation;
pub mod histories;
pub mod http;
pub mod inspect;
pub mod island;
pub mod kills;
pub mod lone;
pub mod mail;
pub mod minutes;
pub mod month;
pub mod post;
pub mod postgres;
pub mod pull;
pub mod scratch;
pub mod sink;
pub mod site;
pub mod store;
pub mod stripe;
pub mod terminal;
pub mod tls;
pub mod victim;
pub mod wide;
pub mod wire;
pub mod world;
pub mod zendesk;

/// Every text file below a folder of the repository, one after another.
pub fn texts(folder: &str) -> String {
    let (mut all, mut folders) = (String::new(), vec![std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of the repository") {
            let path = entry.expect("its entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                all += &text;
            }
        }
    }
    all
}
