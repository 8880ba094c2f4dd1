//! Results as plain tables and files.

mod backcast_tables;
mod market_tables;
mod run;
mod table;
mod trade_routes;

pub use backcast_tables::{backcast_tables, calibration_files, wedge_table};
pub use market_tables::market_tables;
pub use run::{RUN_FORMAT, RunHeader, run_files, write_run};
pub use table::{Cell, Table, read_csv_rows};
pub use trade_routes::{TradeRoute, trade_routes};
