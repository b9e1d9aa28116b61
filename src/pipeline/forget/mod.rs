//! Forgetting a customer: the one rewrite of what is otherwise only added to.
//!
//! First the ledger remembers what is looked for, and no pull lands it any more; then landing is written anew, editions, mails
//! and the ledger's own text lose names and ids, and the warehouse, which is made of landing, goes. Each step can be done again,
//! so an interrupted erasure is finished by the next call; only then is forgotten what was looked for.

mod apart;
mod aside;
mod editions;
mod landed;
mod search;
mod terms;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Result, bail, ensure};

use self::apart::Everywhere;
use self::landed::{Found, Ids};
use self::search::search;
use super::Environment;
use super::account::find::find;
use super::keeping::{files_below, remove, sole_keeper};
use crate::calendar::Calendar;
use crate::config::{Grain, Usage};
use crate::deliver::archive;
use crate::extract::erase::keep_out;
use crate::extract::hash::Hasher;
use crate::extract::qualify::qualified;
use crate::ledger::erasures::{ErasureRow, FreeText, Term, erased_hash};
use crate::ledger::keeping::BatchFact;
use crate::warehouse::lock::Lock;

/// What ids are ids of, in the customer's own name.
const SYSTEMS: [&str; 5] = ["billing", "support", "product", "crm", "account"];

/// Whom to forget.
#[derive(Debug, Clone)]
pub struct Forget {
    /// An account's id, its id in any system, or its exact name; `None`: finish what was interrupted.
    pub customer: Option<String>,
    /// Only look.
    pub dry_run: bool,
    /// What becomes of comments and promises that name the customer.
    pub words: Words,
    /// Who does it.
    pub author: String,
    /// Why.
    pub reason: Option<String>,
}

/// What becomes of people's words that name the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// They are shown, and the erasure waits for a decision.
    Ask,
    /// Names in them are replaced.
    Redact,
    /// They stay: somebody has read them and another customer is meant.
    Keep,
}

/// What was, or would be, touched.
#[derive(Debug, Default)]
pub struct Forgotten {
    /// Place and what happens there, with counts.
    pub touched: Vec<(String, String)>,
    /// What is looked for: kind and how many; names and addresses themselves.
    pub looked_for: Vec<(String, String)>,
    /// Comments and promises that name the customer and were left.
    pub naming: Vec<FreeText>,
    /// What could not be done.
    pub problems: Vec<String>,
    /// The customer was forgotten before.
    pub before: Option<ErasureRow>,
}

impl Forgotten {
    fn touch(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.touched.push((place.into(), what.into()));
    }
}

/// The customer, and everything that names it.
struct Whom {
    ids: Ids,
    named: Everywhere,
    /// As the ledger keeps it until the end.
    listed: Vec<Term>,
    found: Found,
}

/// Forgets a customer, or shows what forgetting would touch.
pub fn forget(environment: &Environment, request: &Forget) -> Result<Forgotten> {
    let (config, ledger) = (&environment.config, &environment.ledger);
    let store = config.store();
    let _lock = sole_keeper(&store)?;
    let unfinished = ledger.unfinished_erasure()?;
    let started = match (unfinished, &request.customer) {
        (Some(erasure_id), customer) => {
            let listed = ledger.erasure_terms(erasure_id)?;
            let is_it = customer.as_ref().is_none_or(|c| listed.iter().any(|(_, term)| term == c));
            ensure!(
                is_it,
                Usage("another erasure was interrupted: finish it first with `bizreview forget --resume`".into())
            );
            Some((erasure_id, listed))
        }
        (None, None) => bail!(Usage("no erasure was interrupted: there is nothing to resume".into())),
        (None, Some(_)) => None,
    };
    let ids = match (&started, &request.customer) {
        (Some((_, listed)), _) => listed_ids(listed),
        (None, Some(customer)) => {
            if let Some(before) = ledger.erasure_of(&erased_hash("account", customer))? {
                return Ok(Forgotten { before: Some(before), ..Forgotten::default() });
            }
            identity(environment, customer)?
        }
        (None, None) => bail!("nobody is named"),
    };
    let _still = if request.dry_run { None } else { Some(hold_still(environment)?) };
    let batches = ledger.batch_facts()?;
    let known = started.as_ref().map_or(&[][..], |(_, listed)| listed);
    let mut whom = whom(environment, &batches, ids, known)?;
    let mut done = Forgotten::default();
    landed::count_mentions(environment, &batches, &whom.ids, &whom.named, &mut whom.found)?;
    describe(&whom, &mut done);
    if request.dry_run {
        search(environment, &whom, None, &mut done)?;
        done.naming = ledger.words_naming(&|text| whom.named.terms.names(text))?;
        return Ok(done);
    }
    let erasure_id = match started {
        Some((erasure_id, _)) => erasure_id,
        None => begin(environment, request, &whom)?,
    };
    landed::leave_out(environment, &batches, &whom.ids, &whom.named, erasure_id)?;
    ledger.drop_all_parts()?;
    sweep(environment)?;
    search(environment, &whom, Some(erasure_id), &mut done)?;
    let naming = ledger.words_naming(&|text| whom.named.terms.names(text))?;
    match request.words {
        Words::Redact => {
            ledger.redact_words(&naming, &|text| whom.named.terms.redact(text))?;
            done.touch("comments and promises", format!("{} redacted", naming.len()));
        }
        Words::Keep => done.touch("comments and promises", format!("{} left as they are", naming.len())),
        Words::Ask => done.naming = naming,
    }
    let touched: BTreeMap<&str, &str> =
        done.touched.iter().map(|(place, what)| (place.as_str(), what.as_str())).collect();
    let touched = serde_json::to_string(&touched)?;
    rebuildable(environment)?;
    // names are still in free pages: the erasure is done when the file no longer has them
    let finish =
        |touched: &str| ledger.finish_erasure(erasure_id, touched, environment.now).and_then(|()| ledger.scrub());
    if done.naming.is_empty() {
        finish(&touched)?;
    } else {
        // what people wrote waits for somebody to read it; until then it is known what to look for
        done.problems.push(format!(
            "{} comments or promises name the customer: read them, then finish with `bizreview forget --resume`, with \
             --comments to replace the names in them or --keep-comments to leave them",
            done.naming.len()
        ));
        ledger.scrub()?;
    }
    // without an edition there is no archive yet
    if store.join("archive").is_dir() {
        archive::write_index(&store, ledger)?;
    }
    tracing::info!(erasure_id, "a customer was forgotten");
    Ok(done)
}

/// The ids of the customer that is meant, by system.
fn identity(environment: &Environment, customer: &str) -> Result<Ids> {
    let calendar = Calendar::new(&environment.config.company)?;
    let periods = vec![calendar.last_complete(Grain::Week, environment.now)];
    let (opened, _) = super::up_to_date(environment, &calendar, periods)?;
    let directory = opened.warehouse.directory()?;
    // whose id lands hashed is known by the hash
    let hasher = Hasher::existing(&environment.config.store())?;
    let qualified = qualified(&environment.config, &landed::catalog(environment)?);
    let hashed = || hasher.and_then(|hasher| find(&directory, &hasher.hash_known(customer, &qualified)).ok());
    let mut ids = Ids::new();
    let account = find(&directory, customer).or_else(|error| {
        let account = hashed().ok_or(error)?;
        ids.entry("account".into()).or_default().insert(customer.to_owned());
        anyhow::Ok(account)
    })?;
    for (system, id, of, _) in directory.links.iter().filter(|(_, _, of, _)| *of == account) {
        ids.entry(system.clone()).or_default().insert(id.clone());
        ids.entry("account".into()).or_default().extend([id.clone(), of.clone()]);
    }
    ids.entry("account".into()).or_default().insert(account.clone());
    // an id of the company's own, by which its files may call the customer
    let hints = opened
        .warehouse
        .query("select customer_id, account_hint from core.billing_customer where account_hint is not null")?;
    for row in &hints.rows {
        if let [Some(customer), Some(hint)] = row.as_slice()
            && ids.get("billing").is_some_and(|known| known.contains(customer))
        {
            ids.entry("account".into()).or_default().insert(hint.clone());
        }
    }
    if let Some(name) = directory.names.get(&account).filter(|name| **name != account) {
        ids.entry("name".into()).or_default().insert(name.clone());
    }
    Ok(ids)
}

fn listed_ids(listed: &[Term]) -> Ids {
    let mut ids = Ids::new();
    for (kind, term) in listed {
        ids.entry(kind.clone()).or_default().insert(term.clone());
    }
    ids
}

/// Everything that names the customer, from its ids and its records.
fn whom(environment: &Environment, batches: &[BatchFact], mut ids: Ids, known: &[Term]) -> Result<Whom> {
    let hasher = Hasher::existing(&environment.config.store())?;
    let mut found = landed::find(environment, batches, &mut ids, hasher.as_ref())?;
    // of an interrupted erasure: its records are gone from landing already, their names and keys are not
    for (kind, term) in known {
        if kind == "name" {
            found.words.insert(term.clone());
        } else if let Some(kind) = kind.strip_prefix("key ") {
            found.keys.entry(kind.to_owned()).or_default().insert(term.clone());
        }
    }
    found.words.extend(ids.get("name").into_iter().flatten().cloned());
    if let Some(hasher) = &hasher {
        let hashed: Vec<String> = found.words.iter().map(|word| hasher.hash(word)).collect();
        found.words.extend(hashed);
    }
    // whoever looks after the customer is not to be forgotten with it
    let own_people = own_domains(environment);
    found
        .words
        .retain(|word| word.rsplit_once('@').is_none_or(|(_, domain)| !own_people.contains(&domain.to_lowercase())));
    let named = Everywhere::new(&environment.config, &landed::catalog(environment)?, &ids, &found);
    let mut listed: Vec<Term> = Vec::new();
    for (kind, of_kind) in &ids {
        listed.extend(of_kind.iter().map(|id| (kind.clone(), id.clone())));
    }
    listed.extend(found.words.iter().map(|word| ("name".to_owned(), word.clone())));
    for (kind, keys) in &found.keys {
        listed.extend(keys.iter().map(|key| (format!("key {kind}"), key.clone())));
    }
    Ok(Whom { ids, named, listed, found })
}

/// Domains of the company's own people.
fn own_domains(environment: &Environment) -> HashSet<String> {
    let config = &environment.config;
    let addresses = config.reports.values().flat_map(|report| &report.to).chain([&config.mail.from]);
    let of_addresses =
        addresses.filter_map(|address| address.trim_end_matches('>').rsplit_once('@').map(|(_, domain)| domain));
    let listed = config.mail.allowed_domains.iter().chain(&config.accounts.internal_domains).map(String::as_str);
    of_addresses.chain(listed).map(str::to_lowercase).collect()
}

fn describe(whom: &Whom, done: &mut Forgotten) {
    for system in SYSTEMS {
        let ids = whom.ids.get(system).into_iter().flatten().map(String::as_str).collect::<BTreeSet<_>>();
        let ids: Vec<&str> = ids.into_iter().collect();
        done.looked_for.push((format!("ids of {system}"), ids.join(", ")));
    }
    let words: Vec<&str> = whom.found.words.iter().map(String::as_str).collect();
    done.looked_for.push(("names and addresses".into(), words.join(", ")));
    let keys: usize = whom.found.keys.values().map(BTreeSet::len).sum();
    done.looked_for.push(("keys of its records".into(), keys.to_string()));
    for (place, (own, naming)) in &whom.found.counts {
        let what = match (own, naming) {
            (0, naming) => format!("its name or id replaced in {naming} of others"),
            (own, 0) => format!("{own} of its records removed"),
            (own, naming) => format!("{own} of its records removed, its name or id replaced in {naming} of others"),
        };
        done.touch(format!("landing/{place}"), what);
    }
}

/// Nothing may be on its way that has read the customer's records already: no load, no run, no pull. Whoever begins now waits.
fn hold_still(environment: &Environment) -> Result<(Lock, Vec<File>)> {
    let store = environment.config.store();
    let warehouse = Lock::take(
        &store.join("warehouse.lock"),
        "the warehouse is in use by",
        &environment.who,
        environment.patience,
    )?;
    for (run_id, pid) in environment.ledger.runs_in_hand()? {
        ensure!(
            pid == std::process::id() || !is_alive(pid),
            "run {run_id} (process {pid}) is in hand; try again when it is done, as `bizreview history` shows"
        );
    }
    let landed = environment.ledger.batch_facts()?;
    let mut sources: BTreeSet<&str> = landed.iter().map(|batch| batch.source.as_str()).collect();
    sources.extend(environment.config.sources.keys().map(String::as_str));
    Ok((warehouse, keep_out(&store, sources)?))
}

fn is_alive(pid: u32) -> bool {
    let processes = Path::new("/proc");
    if processes.join("self").exists() {
        return processes.join(pid.to_string()).exists();
    }
    // elsewhere than on Linux
    let asked = Command::new("kill").args(["-0", &pid.to_string()]).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}

fn begin(environment: &Environment, request: &Forget, whom: &Whom) -> Result<i64> {
    let mut hashes: BTreeSet<String> = BTreeSet::new();
    for (kind, ids) in whom.ids.iter().filter(|(kind, _)| *kind != "name") {
        hashes.extend(ids.iter().map(|id| erased_hash(kind, id)));
    }
    let account = whom.ids.get("account").and_then(|ids| ids.iter().min()).cloned().unwrap_or_default();
    let hashes: Vec<String> = hashes.into_iter().collect();
    let customer = erased_hash("account", &account);
    let reason = request.reason.as_deref();
    environment.ledger.start_erasure(&customer, &request.author, reason, &whom.listed, &hashes, environment.now)
}

/// Files that the ledger does not list: of this and of interrupted attempts, and of pulls and publications that were killed.
fn sweep(environment: &Environment) -> Result<()> {
    let store = environment.config.store();
    for file in files_below(&store.join("landing"))? {
        let relative = file.strip_prefix(&store).unwrap_or(&file).to_string_lossy().into_owned();
        let is_lock = file.file_name().is_some_and(|name| name == ".lock");
        if !is_lock && !environment.ledger.lists_path(&relative)? {
            remove(&file)?;
        }
    }
    archive::remove_unlisted(&store, &environment.ledger)
}

/// What is made again from landing, and copies of the ledger from before a migration.
fn rebuildable(environment: &Environment) -> Result<()> {
    let store = environment.config.store();
    for name in ["warehouse.duckdb", "warehouse.duckdb.wal"] {
        remove(&store.join(name))?;
    }
    // it tells of records by key and value; the next load finds again what of them is left
    environment.ledger.drop_refused()?;
    for folder in ["dry-run", "spill"] {
        for file in files_below(&store.join(folder))? {
            remove(&file)?;
        }
    }
    for entry in std::fs::read_dir(&store)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("ledger.sqlite.before-") {
            remove(&path)?;
        }
    }
    Ok(())
}
