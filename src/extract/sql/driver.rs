//! The ADBC driver: a library that is found and loaded, a connection that reads only, and its errors without secrets.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use adbc_core::error::{Error, Status};
use adbc_core::options::{AdbcVersion, OptionConnection, OptionDatabase, OptionValue};
use adbc_core::{CancelHandle, Connection, Database as _, Driver, LOAD_FLAG_DEFAULT, Optionable, Statement};
use adbc_driver_manager::{ManagedConnection, ManagedDriver, ManagedStatement};
use anyhow::{Context, Result, anyhow, bail};
use arrow_array::RecordBatch;
use arrow_schema::Schema;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use super::super::manifest::{Manifest, Parameters};
use super::super::template::Values;
use super::address;
use super::query::Query;
use crate::config::{Config, Secrets, Source};

/// Characters of a database's message that are shown.
const MESSAGE: usize = 600;

/// One source's database, and how to reach it.
pub(in super::super) struct Database {
    pub(super) access: Arc<Access>,
    /// Connections at once.
    pub(super) slots: Semaphore,
    pub(super) connect: Duration,
}

/// What a connection needs.
pub(super) struct Access {
    driver: String,
    /// The library, where the driver is named by a path.
    library: Option<PathBuf>,
    entrypoint: Option<String>,
    install: Option<String>,
    options: Vec<(String, SecretString)>,
    session: Vec<String>,
    pub(super) parameters: Parameters,
    /// What no message may hold.
    hidden: Vec<SecretString>,
}

/// Stops what a database is doing for us, unless it has ended.
#[derive(Clone, Default)]
pub(super) struct Cancel(Arc<Mutex<Option<Box<dyn CancelHandle>>>>);

/// An open connection.
pub(super) struct Session<'a> {
    access: &'a Access,
    connection: ManagedConnection,
    cancel: Cancel,
}

impl Database {
    /// Finds the secrets; nothing is connected yet. `owner` is "source NAME (MANIFEST)".
    pub(in super::super) fn new(
        manifest: &Manifest,
        source: &Source,
        values: &Values,
        secrets: &Secrets,
        owner: &str,
        config: &Config,
    ) -> Result<Database> {
        let words = &manifest.database;
        let driver = source.driver.as_ref().or(words.driver.as_ref());
        let driver = driver.with_context(|| format!("{owner} needs a driver: set driver = \"NAME or PATH\""))?.clone();
        let is_path = driver.contains('/') || [".so", ".dylib", ".dll"].iter().any(|ending| driver.ends_with(ending));
        let reference = source
            .token
            .as_ref()
            .with_context(|| format!("{owner} needs the database's address: set token = {{ env = \"VARIABLE\" }}"))?;
        let address = secrets.resolve(reference, owner, &config.folder)?;
        let mut hidden = address::secrets(address.expose_secret()).with_context(|| format!("{owner}: token"))?;
        hidden.insert(0, address.clone());
        let mut options = vec![("uri".to_owned(), address)];
        for (name, value) in &words.options {
            options.push((name.clone(), values.fill(value)?.into()));
        }
        for (name, reference) in &source.options {
            let value = secrets.resolve(reference, owner, &config.folder)?;
            hidden.push(value.clone());
            options.push((name.clone(), value));
        }
        let access = Access {
            library: is_path.then(|| config.resolve(driver.as_ref())),
            driver,
            entrypoint: words.entrypoint.clone(),
            install: words.install.clone(),
            options,
            session: words.session.iter().map(|text| values.fill(text)).collect::<Result<_>>()?,
            parameters: words.parameters,
            hidden,
        };
        Ok(Database {
            access: Arc::new(access),
            slots: Semaphore::new(manifest.concurrency),
            connect: Duration::from_secs_f64(manifest.limits.connect_seconds),
        })
    }

    /// A message without secrets, whoever echoed them.
    pub(in super::super) fn redact(&self, text: &str) -> String {
        self.access.redact(text)
    }
}

impl Access {
    fn redact(&self, text: &str) -> String {
        self.hidden.iter().fold(text.to_owned(), |text, secret| match secret.expose_secret() {
            "" => text,
            secret => text.replace(secret, "***"),
        })
    }

    /// The database's own words, on one line.
    fn words(&self, error: &Error) -> String {
        let text = self.redact(&error.message.split_whitespace().collect::<Vec<_>>().join(" "));
        match text.char_indices().nth(MESSAGE) {
            Some((end, _)) => format!("{}…", &text[..end]),
            None if text.is_empty() => format!("{:?}", error.status),
            None => text,
        }
    }

    fn load(&self) -> Result<ManagedDriver> {
        if let Some(library) = &self.library
            && !library.is_file()
        {
            bail!("the driver {} is not there; {}", library.display(), self.how_to_get());
        }
        let entrypoint = self.entrypoint.as_deref().map(str::as_bytes);
        let load = |version| match &self.library {
            Some(library) => ManagedDriver::load_dynamic_from_filename(library, entrypoint, version),
            None => ManagedDriver::load_from_name(&self.driver, entrypoint, version, LOAD_FLAG_DEFAULT, None),
        };
        let driver = load(AdbcVersion::V110).or_else(|error| match error.status {
            Status::NotImplemented => load(AdbcVersion::V100),
            _ => Err(error),
        });
        let driver = driver.map_err(|error| {
            anyhow!("the driver {:?} cannot be loaded: {}; {}", self.driver, self.words(&error), self.how_to_get())
        })?;
        // A library with threads of its own does not survive being unloaded: it stays for as long as the process does.
        std::mem::forget(driver.clone());
        Ok(driver)
    }

    fn how_to_get(&self) -> String {
        let install =
            self.install.as_deref().unwrap_or("an ADBC driver is a library of its own, from the database's vendor");
        format!("{install}; name its library by driver = \"PATH\" in the source's block")
    }

    /// Connects, so that nothing can be written where the driver or the database can see to that.
    pub(super) fn connect(&self, cancel: Cancel) -> Result<Session<'_>> {
        let options = self.options.iter().map(|(name, value)| {
            (OptionDatabase::from(name.as_str()), OptionValue::String(value.expose_secret().to_owned()))
        });
        let failed = |error: Error| anyhow!("cannot connect: {}", self.words(&error));
        let database = self.load()?.new_database_with_opts(options).map_err(failed)?;
        let mut connection = database.new_connection().map_err(failed)?;
        // Not every driver has it: the manifest's session statements say it in the database's own words.
        let _ = connection.set_option(OptionConnection::ReadOnly, OptionValue::String("true".into()));
        let mut session = Session { access: self, connection, cancel };
        for text in &self.session {
            let mut statement = session.statement(text, None)?;
            statement.execute_update().map_err(|error| anyhow!("{text:?}: {}", self.words(&error)))?;
        }
        Ok(session)
    }
}

impl Session<'_> {
    fn statement(&mut self, text: &str, bound: Option<RecordBatch>) -> Result<ManagedStatement> {
        let failed = |error: Error| anyhow!("the query cannot be asked: {}", self.access.words(&error));
        let mut statement = self.connection.new_statement().map_err(failed)?;
        statement.set_sql_query(text).map_err(failed)?;
        if let Some(bound) = bound {
            statement.bind(bound).map_err(failed)?;
        }
        self.cancel.set(statement.get_cancel_handle());
        Ok(statement)
    }

    /// Runs a query; each batch of its rows as it comes.
    pub(super) fn read(
        &mut self,
        query: &Query,
        values: &Values,
        mut each: impl FnMut(&RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let access = self.access;
        let mut statement = self.statement(&query.text, query.bind(values)?)?;
        let reader = statement.execute().map_err(|error| anyhow!("the query failed: {}", access.words(&error)))?;
        for batch in reader {
            let batch = batch.map_err(|error| {
                let error = Error::from(error);
                anyhow!("the query broke off: {}", access.words(&error))
            })?;
            each(&batch)?;
        }
        Ok(())
    }

    /// The columns of a query's result, without its rows.
    pub(super) fn schema(&mut self, query: &Query, values: &Values) -> Result<Schema> {
        let access = self.access;
        let failed = |error: Error| anyhow!("the query failed: {}", access.words(&error));
        let mut statement = self.statement(&query.text, query.bind(values)?)?;
        match statement.execute_schema() {
            Err(error) if error.status == Status::NotImplemented => {
                let mut statement = self.statement(&query.text, query.bind(values)?)?;
                let reader = statement.execute().map_err(failed)?;
                Ok(reader.schema().as_ref().clone())
            }
            schema => schema.map_err(failed),
        }
    }
}

impl Cancel {
    fn set(&self, handle: Box<dyn CancelHandle>) {
        if let Ok(mut held) = self.0.lock() {
            *held = Some(handle);
        }
    }

    /// Asks the database to stop; on a thread of its own, as that too may hang.
    pub(super) fn stop(&self) {
        let held = Arc::clone(&self.0);
        let asking = std::thread::Builder::new().name("cancel".into()).spawn(move || {
            let handle = held.lock().ok().and_then(|mut held| held.take());
            handle.map(|handle| handle.try_cancel())
        });
        if let Err(error) = asking {
            tracing::warn!(%error, "a query could not be stopped");
        }
    }
}
