//! The company's own files: what no API tells.

use std::{fmt::Display, path::Path};

use anyhow::Context;

use super::{
    Company,
    simulate::accounts::{GroupLink, OrgLink, Role},
    time,
};

/// Writes the CSV inputs of the company into `dir`.
pub fn write_files(company: &Company, dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir).with_context(|| format!("cannot create {}", dir.display()))?;
    let files = Files { company, dir };
    files.account_map()?;
    files.segments()?;
    files.outcomes()?;
    files.commitments()?;
    files.costs()?;
    files.fx_rate()?;
    files.targets()?;
    files.churn_reasons()?;
    files.fixes()?;
    files.followups()?;
    files.events()
}

struct Files<'a> {
    company: &'a Company,
    dir: &'a Path,
}

impl Files<'_> {
    fn write<const N: usize>(
        &self,
        name: &str,
        header: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> anyhow::Result<()> {
        let path = self.dir.join(name);
        let context = || format!("cannot write {}", path.display());
        let mut writer = csv::Writer::from_path(&path).with_context(context)?;
        writer.write_record(header).with_context(context)?;
        for row in rows {
            writer.write_record(row).with_context(context)?;
        }
        writer.flush().with_context(context)
    }

    fn customer(&self, account: usize) -> String {
        self.company.accounts[account].customer.clone()
    }

    fn today(&self) -> jiff::civil::Date {
        time::date(self.company.world.end, &self.company.world.zone)
    }

    fn account_map(&self) -> anyhow::Result<()> {
        let mut rows = Vec::new();
        for account in &self.company.accounts {
            let joined = time::date(account.joined, &self.company.world.zone).to_string();
            if account.org == OrgLink::Map {
                rows.push([account.customer.clone(), text("support"), text(account.org_id), joined.clone()]);
            }
            if account.group == GroupLink::Map {
                rows.push([account.customer.clone(), text("product"), account.group_key.clone(), joined]);
            }
        }
        self.write("account_map.csv", ["account", "system", "external_id", "valid_from"], rows)
    }

    /// Owners that changed since billing was told.
    fn segments(&self) -> anyhow::Result<()> {
        let today = self.today();
        let changes = self.company.accounts.iter().filter_map(|account| {
            let (since, owner) = account.owner_change?;
            let day = time::date(since, &self.company.world.zone);
            (day <= today).then(|| [account.customer.clone(), text("owner"), text(owner.unwrap_or("")), text(day)])
        });
        self.write("segments.csv", ["account", "name", "value", "valid_from"], changes)
    }

    fn costs(&self) -> anyhow::Result<()> {
        let today = self.today();
        let known = self.company.promises.costs.iter().enumerate().filter(|(_, cost)| cost.from <= today);
        let rows = known.map(|(number, cost)| {
            [
                format!("cost-{number:05}"),
                text(cost.from),
                text(cost.to),
                text(cost.kind),
                format!("{}.{:02}", cost.amount / 100, cost.amount % 100),
                text(cost.currency),
                cost.account.map_or_else(String::new, |account| self.customer(account)),
            ]
        });
        self.write("costs.csv", ["cost_id", "from", "to", "kind", "amount", "currency", "account"], rows)
    }

    fn outcomes(&self) -> anyhow::Result<()> {
        let known = self.company.promises.outcomes.iter().filter(|outcome| outcome.on <= self.today());
        let rows = known.enumerate().map(|(number, outcome)| {
            let currency = if outcome.kind == "hours" { String::new() } else { text("usd") };
            [
                format!("out-{number:05}"),
                self.customer(outcome.account),
                text(outcome.on),
                text(outcome.kind),
                text(outcome.amount),
                currency,
            ]
        });
        self.write("outcomes.csv", ["outcome_id", "account", "recorded_on", "kind", "amount", "currency"], rows)
    }

    fn commitments(&self) -> anyhow::Result<()> {
        let today = self.today();
        let rows =
            self.company.promises.commitments.iter().enumerate().filter(|(_, promise)| promise.promised <= today);
        let rows = rows.map(|(number, promise)| {
            [
                format!("com-{number:05}"),
                self.customer(promise.account),
                text(promise.kind),
                text(promise.promised),
                text(promise.due),
                promise.delivered.filter(|day| *day <= today).map_or_else(String::new, text),
            ]
        });
        let header = ["commitment_id", "account", "kind", "promised_on", "due_on", "delivered_on"];
        self.write("commitments.csv", header, rows)
    }

    fn fixes(&self) -> anyhow::Result<()> {
        let known = self.company.work.fixes.iter().filter(|fix| fix.on <= self.today());
        let rows = known.enumerate().map(|(number, fix)| {
            let kind = if fix.is_prevention { "prevention" } else { "fix" };
            [format!("fix-{number:05}"), text(fix.on), text(kind), text(fix.title)]
        });
        self.write("fixes.csv", ["fix_id", "fixed_on", "kind", "title"], rows)
    }

    fn followups(&self) -> anyhow::Result<()> {
        let known = self.company.work.followups.iter().filter(|followup| followup.at <= self.company.world.end);
        let rows =
            known.map(|followup| [self.customer(followup.account), time::iso(followup.at), text(followup.author)]);
        self.write("followups.csv", ["account", "followed_up_at", "author"], rows)
    }

    fn fx_rate(&self) -> anyhow::Result<()> {
        let rates = &self.company.promises.euro;
        let rows =
            rates.iter().map(|(month, rate)| [text(month), text("eur"), format!("{}.{:03}", rate / 1000, rate % 1000)]);
        self.write("fx_rate.csv", ["date", "currency", "rate"], rows)
    }

    fn targets(&self) -> anyhow::Result<()> {
        let from = time::date(self.company.world.born, &self.company.world.zone).to_string();
        // what a company in which nothing happens keeps with room to spare
        let rows = [
            ("gross_mrr_churn", "total", "0.02"),
            ("customer_churn", "total", "0.02"),
            ("first_reply_sla", "total", "0.82"),
            ("first_reply_sla", "plan=Scale", "0.85"),
            ("resolution_sla", "total", "0.7"),
            ("csat", "total", "0.8"),
            ("uptime", "total", "0.998"),
            ("on_time_delivery", "total", "0.9"),
            ("active_accounts", "total", "120"),
        ];
        let rows = rows.map(|(metric, segment, value)| [text(metric), text(segment), from.clone(), text(value)]);
        let planned = self.company.promises.plan.iter();
        let planned = planned.map(|(month, value)| [text("mrr"), text("total"), text(month), text(value)]);
        self.write("targets.csv", ["metric", "segment", "from", "value"], rows.into_iter().chain(planned))
    }

    fn churn_reasons(&self) -> anyhow::Result<()> {
        let known = self.company.promises.churn_reasons.iter().filter(|(_, day, ..)| *day <= self.today());
        let rows = known
            .map(|(account, day, reason, author)| [self.customer(*account), text(day), text(reason), text(author)]);
        self.write("churn_reasons.csv", ["account", "churned_on", "reason", "author"], rows)
    }

    fn events(&self) -> anyhow::Result<()> {
        let world = &self.company.world;
        let mut rows: Vec<[String; 2]> = world.holidays.iter().map(|(name, day, _)| [text(day), text(name)]).collect();
        if let Some(story) = &world.story {
            rows.push([text(time::date(story.price_rise, &world.zone)), text("Starter price rise")]);
            rows.push([text(time::date(story.outage.0, &world.zone)), text("Application outage")]);
            rows.push([text(time::date(story.spread, &world.zone)), text("Automations released")]);
        }
        rows.retain(|[day, _]| *day <= self.today().to_string());
        rows.sort();
        self.write("events.csv", ["date", "title"], rows)
    }
}

fn text(value: impl Display) -> String {
    value.to_string()
}

impl Company {
    /// Customer ids that count in no metric, though their records look like any other's.
    pub fn excluded(&self) -> Vec<&str> {
        let hidden = self.accounts.iter().filter(|account| matches!(account.role, Role::TestMode | Role::Internal));
        hidden.map(|account| account.customer.as_str()).collect()
    }
}
