//! The whole catalogue: every metric has a team that answers for it, a definition, an oracle, and a guardrail where it is targeted.

use std::collections::BTreeSet;

use bizreview::config::Config;
use bizreview::sandbox::{Company, Grain, Options, truth, write_files};
use bizreview::warehouse::{Catalog, Warehouse};

use crate::support::company::SHIPPED;
use crate::support::scratch::Scratch;

/// Metrics of which the simulation's log does not tell, or not as a company knows it: the test that works them out, and its file.
const BY_HAND: [(&str, &str, &str); 2] = [
    // the log knows schedules of cancellation as they end, not as they stood
    ("scheduled_churn_mrr", include_str!("money.rs"), "fn churn_counts_when_the_subscription_ended"),
    // later credits change earlier weeks: compared as known on each day, apart from the other figures
    ("invoice_accuracy", include_str!("truth.rs"), "invoice_accuracy"),
];

fn catalog() -> Catalog {
    Warehouse::empty().unwrap().catalog(None).unwrap()
}

fn company() -> Company {
    let options = Options { weeks: 30, accounts: 60, ..Options::new("2026-11-16T09:00:00Z".parse().unwrap()) };
    Company::simulate(&options)
}

#[test]
fn every_metric_has_an_oracle() {
    let told: BTreeSet<&str> = truth(&company(), Grain::Month).iter().map(|row| row.metric).collect();
    for (header, _) in &catalog().metrics {
        let by_hand = BY_HAND.iter().find(|(metric, ..)| *metric == header.metric);
        if let Some((metric, file, test)) = by_hand {
            assert!(!told.contains(metric), "{metric}: the truth tells it by now");
            assert!(file.contains(test) && file.contains(metric), "{metric}: {test} is gone");
            continue;
        }
        for (series, ..) in header.series() {
            assert!(
                told.contains(series.as_str()),
                "{series} has no oracle: neither in sandbox/truth nor worked out by hand"
            );
        }
    }
}

#[test]
fn every_metric_has_a_team_a_definition_and_guardrails_that_exist() {
    let config = Config::parse(SHIPPED, std::path::Path::new("/")).unwrap();
    let catalog = catalog();
    let known: BTreeSet<String> =
        catalog.metrics.iter().flat_map(|(h, _)| h.series().into_iter().map(|(name, ..)| name)).collect();
    for (header, index) in &catalog.metrics {
        let name = &header.metric;
        assert!(config.teams.contains_key(&header.team), "{name}: team {} is in no [teams]", header.team);
        assert!(header.definition.split_whitespace().count() >= 6, "{name}: {:?} defines nothing", header.definition);
        assert!(
            header.guardrail.as_ref().is_none_or(|g| known.contains(g) && g != name),
            "{name}: {:?}",
            header.guardrail
        );
        let file = &catalog.queries[*index].file;
        assert_eq!(*file, format!("metrics/{}/{name}.sql", header.dimension), "a metric is found by its name");
    }
}

#[test]
fn every_targeted_metric_has_a_guardrail() {
    let folder = Scratch::new("targets");
    write_files(&company(), &folder).unwrap();
    let targets = std::fs::read_to_string(folder.join("targets.csv")).unwrap();
    let targeted: BTreeSet<&str> = targets.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert!(targeted.len() > 5);
    for (header, _) in &catalog().metrics {
        assert!(
            !targeted.contains(header.metric.as_str()) || header.guardrail.is_some(),
            "{} has a target and no guardrail",
            header.metric
        );
    }
}

#[test]
fn all_of_the_catalogue_is_there() {
    // metrics.md, "Catalogue": names people know them by
    let catalogue = "mrr arr net_new_mrr new_mrr expansion_mrr reactivation_mrr quick_ratio arpa paying_accounts mrr_vs_plan \
        payment_failure_rate trial_conversion overdue_receivables top10_concentration churned_mrr gross_mrr_churn net_mrr_churn grr \
        nrr customer_churn contraction_mrr scheduled_churn_mrr renewals_due_90d involuntary_churn_share early_churn \
        attributed_churn_share nps nps_response_rate detractor_followup_hours net_value_per_mrr value_coverage \
        accounts_without_owner good_fit_new_mrr_share bad_fit_churn_gap first_reply_sla next_reply_sla resolution_sla \
        first_reply_time resolution_time backlog backlog_age_p90 reopen_rate one_touch_rate csat csat_response_rate \
        tickets_per_100_accounts self_service_ratio out_of_hours_coverage channel_mix proactive_share agent_load uptime incidents \
        mttr bug_tickets_per_100_accounts regression_share error_free_sessions latency_p95 prevention_share active_accounts wau \
        stickiness feature_adoption activation_rate time_to_value seat_utilisation lifecycle on_time_delivery time_to_live \
        commitments_met invoice_accuracy cost_to_serve";
    let catalog = catalog();
    for name in catalogue.split_whitespace() {
        assert!(catalog.metrics.iter().any(|(header, _)| header.metric == name), "{name} is missing");
    }
}
