//! `values`: metric values as a table, CSV or JSON.

use anyhow::Result;
use clap::ValueEnum;

use super::print::{self, Format, Rows};
use crate::calendar;
use crate::config;
use crate::pipeline::{self, Environment, Values};

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  bizreview values nrr grr --grain month
  bizreview values 'churn/*' --grain month --from 2026-01 --to 2026-10 --format csv
  bizreview values first_reply_sla --segment plan
  bizreview values nrr grr --grain month --window t12m")]
pub struct Args {
    /// Metric names or `folder/*`; all by default.
    metrics: Vec<String>,
    /// Length of the periods.
    #[arg(long, value_enum, default_value_t)]
    grain: Grain,
    /// Which days: each period itself, or a window that ends with it.
    #[arg(long, value_enum, default_value_t)]
    window: Window,
    /// First period, for example 2026-W01 or 2026-01 (default: where the data begin, at most 160 weeks or 120 months back).
    #[arg(long, value_name = "PERIOD")]
    from: Option<String>,
    /// Last period (default: the last complete one).
    #[arg(long, value_name = "PERIOD")]
    to: Option<String>,
    /// Only this segment: plan, size, one of [accounts] segments, what a split is by, or total (`all` for everything).
    #[arg(long, value_name = "NAME", default_value = "total")]
    segment: String,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Grains on the command line.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum Grain {
    #[default]
    Week,
    Month,
    Quarter,
    Year,
}

impl From<Grain> for config::Grain {
    fn from(grain: Grain) -> config::Grain {
        match grain {
            Grain::Week => config::Grain::Week,
            Grain::Month => config::Grain::Month,
            Grain::Quarter => config::Grain::Quarter,
            Grain::Year => config::Grain::Year,
        }
    }
}

/// Windows on the command line.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub enum Window {
    /// The periods themselves
    #[default]
    Period,
    /// Month to date
    Mtd,
    /// Quarter to date
    Qtd,
    /// Year to date
    Ytd,
    /// The twelve months that end with the period
    T12m,
}

impl From<Window> for calendar::Window {
    fn from(window: Window) -> calendar::Window {
        match window {
            Window::Period => calendar::Window::Period,
            Window::Mtd => calendar::Window::MonthToDate,
            Window::Qtd => calendar::Window::QuarterToDate,
            Window::Ytd => calendar::Window::YearToDate,
            Window::T12m => calendar::Window::Trailing12,
        }
    }
}

const COLUMNS: [&str; 8] =
    ["metric", "period", "segment_name", "segment_value", "numerator", "denominator", "n", "value"];

pub fn run(environment: &Environment, args: &Args) -> Result<u8> {
    let wanted = Values {
        metrics: args.metrics.clone(),
        grain: args.grain.into(),
        window: args.window.into(),
        from: args.from.clone(),
        to: args.to.clone(),
        segment: (args.segment != "all").then(|| args.segment.clone()),
    };
    let (points, problems) = pipeline::values(environment, &wanted)?;
    let rows: Rows = points
        .into_iter()
        .map(|p| {
            vec![
                Some(p.metric),
                Some(p.period),
                Some(p.segment_name),
                Some(p.segment_value),
                p.numerator.map(|d| d.to_string()),
                p.denominator.map(|d| d.to_string()),
                Some(p.n.to_string()),
                p.value.map(|d| d.to_string()),
            ]
        })
        .collect();
    print::rows(&COLUMNS, &rows, args.format)?;
    print::problems(&problems);
    Ok(u8::from(!problems.is_empty()))
}
