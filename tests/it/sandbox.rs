//! The simulated company: its APIs over real HTTP, and its own truth.

use std::{collections::HashSet, sync::Arc};

use bizreview::sandbox::{Company, Options, Server};
use jiff::Timestamp;
use serde_json::{Value, json};

fn options() -> Options {
    let end: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    Options { weeks: 60, accounts: 120, ..Options::new(end) }
}

struct World {
    server: Server,
    client: reqwest::Client,
    base: String,
}

impl World {
    async fn new(options: Options) -> World {
        let company = Arc::new(Company::simulate(&options));
        let _ = rustls::crypto::ring::default_provider().install_default();
        let server = Server::start(company, &options, 0).await.unwrap();
        let base = format!("http://{}", server.addr);
        World { server, client: reqwest::Client::new(), base }
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        let request = self.client.get(format!("{}{path}", self.base));
        let credential = if path.starts_with("/statuspage") { "OAuth sandbox" } else { "Bearer sandbox" };
        let response = request.header("authorization", credential).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or_default())
    }

    async fn hogql(&self, query: &str) -> (u16, Value) {
        let request = self.client.post(format!("{}/posthog/api/projects/1/query/", self.base));
        let body = json!({"query": {"kind": "HogQLQuery", "query": query}, "refresh": "force_blocking"});
        let response = request.bearer_auth("sandbox").json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Every object of a Stripe list, by its own paging.
    async fn stripe(&self, list: &str) -> Vec<Value> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let (status, page) = self.get(&format!("/stripe/v1/{list}{after}")).await;
            assert_eq!(status, 200, "{page}");
            all.extend(page["data"].as_array().unwrap().iter().cloned());
            if page["has_more"] == json!(false) {
                return all;
            }
            after = format!("&starting_after={}", all.last().unwrap()["id"].as_str().unwrap());
        }
    }
}

#[tokio::test]
async fn stripe_pages_are_complete_and_newest_first() {
    let world = World::new(options()).await;
    for list in ["customers", "invoices", "charges", "events", "prices", "credit_notes"] {
        let all = world.stripe(&format!("{list}?limit=100")).await;
        let ids: HashSet<&str> = all.iter().map(|object| object["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), all.len(), "{list} repeats an id");
        assert!(all.is_sorted_by_key(|object| -object["created"].as_i64().unwrap()), "{list} is out of order");
        assert!(!all.is_empty(), "{list} is empty");
    }
    let all = world.stripe("subscriptions?limit=37&status=all").await.len();
    let live = world.stripe("subscriptions?limit=100").await;
    assert!(live.len() < all);
    assert!(live.iter().all(|subscription| subscription["status"] != "canceled"));
    let many = live.iter().find(|subscription| subscription["items"]["has_more"] == json!(true)).unwrap();
    assert_eq!(many["items"]["data"].as_array().unwrap().len(), 10);
    let items =
        world.stripe(&format!("subscription_items?limit=5&subscription={}", many["id"].as_str().unwrap())).await;
    assert_eq!(items.len(), 12);
    world.server.stop().await;
}
