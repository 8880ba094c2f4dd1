//! `netback calibrate`.

use netback::case::{Files, write_files};
use netback::market::{Backcast, CalibrationReport, backcast, calibrate as calibrate_market};
use netback::report::{Table, backcast_tables, calibration_files, wedge_table};

use crate::arguments::{Arguments, CalibrateChoice};
use crate::cases::load;
use crate::output;
use crate::problems::Problem;

pub fn calibrate(choice: &CalibrateChoice, arguments: &Arguments) -> Result<(), Problem> {
    let loaded = load(&choice.case)?;
    let mut case = loaded.case(&[])?;
    if case.observed_sales.is_empty() {
        return Err(Problem::message(
            format!("case {} has no observed/sales.csv to calibrate on", case.name),
            "add the sales of the base year: trader, market, bcm_per_year",
        ));
    }
    let settings = output::solver_settings();
    let market = |failure| Problem::Market { scenario: "calibration".into(), failure };
    let bar = output::progress(0, "calibrating");
    let started = output::clock();
    let report = if choice.backcast {
        None
    } else {
        let report = calibrate_market(&case, &settings).map_err(market)?;
        case.calibration = Some(report.calibration.clone());
        Some(report)
    };
    let seconds = output::clock() - started;
    let before = backcast(&case, false, &settings).map_err(market)?;
    let after = backcast(&case, true, &settings).map_err(market)?;
    bar.finish_and_clear();
    if let (Some(folder), Some(report)) = (&choice.out, &report) {
        let mut files = Files::new();
        if !folder.join("case.toml").exists() {
            files = loaded.files.clone();
        }
        for (path, bytes) in calibration_files(&case, &report.calibration).iter() {
            files.insert(path, bytes);
        }
        write_files(folder, &files)?;
        output::talk(&format!("calibration written to {}", folder.join("calibration").display()));
    }
    let errors = error_table(&case, &before, &after, report.as_ref());
    if let Some(report) = &report {
        output::talk(&format!("calibrated in {seconds:.2} s ({} markets solved)", report.solves));
        for missed in &report.missed {
            output::talk(&format!(
                "finding: {} → {} sold {:.2} bcm in the base year, the network carries {:.2}: a pipe is missing or too small",
                case.traders[missed.trader.index()].name,
                case.nodes[missed.market.index()].name,
                missed.observed.0,
                missed.model.0
            ));
        }
    }
    let mut tables = backcast_tables(&case, &after);
    tables.push(wedge_table(&case));
    match &choice.table {
        Some(name) => {
            let table = output::named(&tables, name)?;
            output::tables(&[table], arguments.format)
        }
        None => {
            let hubs = hub_table(&case, &before, &after);
            output::tables(&[&errors, &hubs, &tables[3]], arguments.format)
        }
    }
}

fn error_table(
    case: &netback::case::Case,
    before: &Backcast,
    after: &Backcast,
    report: Option<&CalibrationReport>,
) -> Table {
    let mut table = Table::new("backcast", &["what", "unit", "before calibration", "after calibration"]);
    let percent = |value: f64| 100.0 * value;
    for (what, a, b) in [
        (
            "foreign sales, sum of absolute errors / sum observed",
            before.foreign_sales_error,
            after.foreign_sales_error,
        ),
        (
            "production, sum of absolute errors / sum observed",
            before.production_error,
            after.production_error,
        ),
        (
            "consumption, sum of absolute errors / sum observed",
            before.consumption_error,
            after.consumption_error,
        ),
        (
            "border flows, sum of absolute errors / sum observed",
            before.border_flow_error,
            after.border_flow_error,
        ),
    ] {
        table.push([what.into(), "%".into(), percent(a.0).into(), percent(b.0).into()]);
    }
    let worst = |backcast: &Backcast| backcast.worst_sale.map(|sale| (sale.model.0 - sale.observed.0).abs());
    table.push(["largest error of a sale".into(), "bcm".into(), worst(before).into(), worst(after).into()]);
    table.push([
        "largest error of a node price".into(),
        "USD/tcm".into(),
        before.worst_price.0.into(),
        after.worst_price.0.into(),
    ]);
    if let Some(report) = report {
        let shares = &report.decomposition;
        for (what, share) in [
            ("wedges / border value of foreign sales, price takers", shares.wedge_share_price_taking),
            ("wedges / border value, regional conduct", shares.wedge_share_regional_conduct),
            ("wedges / border value, regional conduct and indexation", shares.wedge_share_after_indexation),
            ("residual / border value after producer and market terms", shares.residual_share),
            ("market terms / border value, without indexation", shares.market_term_share_without_indexation),
            ("market terms / border value, after indexation", shares.market_term_share),
        ] {
            table.push([what.into(), "%".into(), netback::report::Cell::Empty, percent(share.0).into()]);
        }
    }
    if let Some(calibration) = &case.calibration {
        for (region, theta) in &calibration.conduct {
            let what = format!("conduct θ in {region} (only θ/elasticity is identified)");
            table.push([what.into(), "1".into(), netback::report::Cell::Empty, theta.0.into()]);
        }
    }
    table
}

fn hub_table(case: &netback::case::Case, before: &Backcast, after: &Backcast) -> Table {
    let header = [
        "hub",
        "observed_usd_per_tcm",
        "before_usd_per_tcm",
        "after_usd_per_tcm",
        "after_usd_per_mmbtu",
        "observed_consumption_bcm",
        "consumption_bcm",
    ];
    let mut table = Table::new("hubs", &header);
    let per_tcm = netback::units::mmbtu_per_tcm(&case.gas);
    for (was, is) in before.nodes.iter().zip(&after.nodes).filter(|(_, is)| is.hub) {
        table.push([
            case.nodes[is.node.index()].name.as_str().into(),
            is.observed_price.map(|price| price.0).into(),
            was.price.map(|price| price.0).into(),
            is.price.map(|price| price.0).into(),
            is.price.map(|price| price.0 / per_tcm).into(),
            is.observed_consumption.0.into(),
            is.consumption.0.into(),
        ]);
    }
    table
}
