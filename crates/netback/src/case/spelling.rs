//! The word that was meant.

/// A hint in front of a help, empty when no known word is close.
pub(crate) fn did_you_mean<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match closest(wanted, known) {
        Some(word) => format!("did you mean \"{word}\"? "),
        None => String::new(),
    }
}

/// A hint for a column that looks like another, or like one with a unit left out or added.
pub(crate) fn which_column(wanted: &str, known: &[&str]) -> String {
    let hint = did_you_mean(wanted, known.iter().copied());
    let stem = wanted.split('_').next().unwrap_or(wanted);
    let same_stem = known.iter().find(|column| column.starts_with(stem) && !stem.is_empty());
    match same_stem {
        Some(column) if hint.is_empty() => format!("did you mean \"{column}\"? "),
        _ => hint,
    }
}

fn closest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = wanted.to_lowercase();
    known
        .into_iter()
        .map(|word| (edit_distance(&lower, &word.to_lowercase()), word))
        .filter(|&(distance, _)| distance * 3 <= wanted.chars().count().max(3))
        .min()
        .map(|(_, word)| word)
}

fn edit_distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, &y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
