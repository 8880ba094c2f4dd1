//! Where a key stands in TOML text.

use toml::de::{DeTable, DeValue};

use super::finding::{Place, place_of_offset};

/// One step into TOML: a key of a table or an entry of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step<'a> {
    /// Key of a table.
    Key(&'a str),
    /// Entry of a list, from 0.
    Entry(usize),
}

/// Place of the last step that the text has; of the whole file when it has none of them.
pub(crate) fn place_in_toml(file: &str, text: &str, path: &[Step]) -> Place {
    let offset = DeTable::parse(text).ok().and_then(|table| offset_in(table.get_ref(), path));
    match offset {
        Some(offset) => place_of_offset(file, text, offset),
        None => Place { file: file.into(), line: 0, column: 0 },
    }
}

fn offset_in(table: &DeTable, path: &[Step]) -> Option<usize> {
    let (Step::Key(wanted), rest) = path.split_first()? else { return None };
    let (key, value) = table.iter().find(|(key, _)| key.get_ref() == wanted)?;
    Some(offset_in_value(value.get_ref(), rest).unwrap_or(key.span().start))
}

fn offset_in_value(value: &DeValue, path: &[Step]) -> Option<usize> {
    match (value, path.first()?) {
        (DeValue::Table(table), Step::Key(_)) => offset_in(table, path),
        (DeValue::Array(items), Step::Entry(index)) => {
            let item = items.get(*index)?;
            Some(offset_in_value(item.get_ref(), &path[1..]).unwrap_or(item.span().start))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &[Step], wanted: &str) {
        let text = "name = \"a\"\n[settings]\n  rate = 1\n[[season]]\nname = \"x\"\n[[season]]\nname = \"y\"\nshare = 1\n";
        assert_eq!(place_in_toml("f", text, path).to_string(), wanted);
    }

    #[test]
    fn keys_are_found_where_they_stand() {
        use Step::{Entry, Key};
        check(&[Key("name")], "f:1:1");
        check(&[Key("settings"), Key("rate")], "f:3:3");
        check(&[Key("season"), Entry(1), Key("share")], "f:8:1");
        check(&[Key("season"), Entry(1), Key("months")], "f:6:1");
        check(&[Key("season"), Entry(0), Key("name")], "f:5:1");
        check(&[Key("year")], "f");
    }
}
