//! Runs on disk.

use std::fs;

use netback::case::Files;
use netback::report::write_run;

fn run(text: &str) -> Files {
    let mut files = Files::new();
    files.insert("run.json", text);
    files.insert("prices.csv", "year\n2011\n");
    files
}

#[test]
fn a_run_is_whole_or_absent() {
    let root = std::env::temp_dir().join(format!("netback-runs-{}", std::process::id()));
    let folder = root.join("run");
    fs::create_dir_all(&root).expect("a temporary folder");

    // What an interrupted run left behind does not count, and is swept away by the next one.
    fs::create_dir_all(root.join(".run.partial")).expect("a stale folder");
    fs::write(root.join(".run.partial/old.csv"), "half").expect("a stale file");
    assert!(!folder.exists());
    write_run(&folder, &run("1")).expect("written");
    assert!(folder.join("prices.csv").exists() && !folder.join("old.csv").exists());

    // A second run replaces the first as a whole.
    write_run(&folder, &run("2")).expect("replaced");
    assert_eq!(fs::read_to_string(folder.join("run.json")).expect("there"), "2");
    let left: Vec<_> = fs::read_dir(&root).expect("there").collect();
    assert_eq!(left.len(), 1, "{left:?}");

    // A folder that is no run is not touched.
    let other = root.join("other");
    fs::create_dir_all(&other).expect("a folder");
    fs::write(other.join("thesis.txt"), "mine").expect("a file");
    assert!(write_run(&other, &run("3")).is_err());
    assert_eq!(fs::read_to_string(other.join("thesis.txt")).expect("still there"), "mine");
    fs::remove_dir_all(&root).expect("tidied");
}
