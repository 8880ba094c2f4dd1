//! The world of 2011 at several sizes, and a clock that other programs do not stop.

use std::path::Path;

use netback::case::{Case, Files};

/// `cases/world-2011` over a number of years from 2011 on, all alike.
pub fn world(years: i32) -> Case {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases/world-2011");
    let mut files = Files::read(&folder).expect("the case is there");
    let text = String::from_utf8(files.get("case.toml").expect("case.toml").to_vec()).expect("text");
    let (before, after) = text.split_once("[[year]]").expect("a year");
    let (_, after) = after.split_once("[[season]]").expect("a season");
    let list: String = (0..years).map(|year| format!("[[year]]\nyear = {}\n\n", 2011 + year)).collect();
    files.insert("case.toml", format!("{before}{list}[[season]]{after}"));
    Case::read(&files).unwrap_or_else(|found| panic!("{found}"))
}

/// Seconds of processor that this thread has had.
pub fn processor_seconds() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux tells");
    let nanoseconds = text.split(' ').next().expect("a number").parse::<f64>().expect("a number");
    nanoseconds * 1e-9
}
