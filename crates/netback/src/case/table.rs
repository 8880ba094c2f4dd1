//! A table of text: cells with the line and column where they stand.

use std::collections::BTreeMap;

use super::finding::{Finding, Findings, Place, place_of_offset};

/// A table as read.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RawTable {
    pub file: String,
    pub header: Vec<String>,
    /// Where the columns of the header start, and where the header ends.
    pub header_places: Vec<Place>,
    pub rows: Vec<RawRow>,
    /// Something in the file could not be read: what is absent here may be there.
    pub incomplete: bool,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct RawRow {
    pub cells: Vec<String>,
    /// Place of the row.
    pub place: Place,
    /// Line and column where each cell starts.
    pub starts: Vec<(usize, usize)>,
    /// Cells that a scenario changed, by column, with the place of the change.
    pub changed: BTreeMap<usize, Place>,
}

impl RawTable {
    /// A table of which nothing can be said.
    pub fn unreadable(file: &str) -> Self {
        RawTable { file: file.to_string(), incomplete: true, ..RawTable::default() }
    }

    pub fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    /// Place of a cell; of the row when the cell stands nowhere.
    pub fn place(&self, row: usize, column: usize) -> Place {
        let row = &self.rows[row];
        match (row.changed.get(&column), row.starts.get(column)) {
            (Some(changed), _) => changed.clone(),
            (None, Some(&(line, column))) => Place { file: row.place.file.clone(), line, column },
            (None, None) => row.place.clone(),
        }
    }

    /// Place of a column in the header.
    pub fn header_place(&self, column: usize) -> Place {
        let whole = || Place { file: self.file.clone(), line: 0, column: 0 };
        self.header_places.get(column).cloned().unwrap_or_else(whole)
    }

    /// Place after the last column of the header, where another would stand.
    pub fn header_end(&self) -> Place {
        self.header_place(self.header_places.len().saturating_sub(1))
    }
}

/// Reads a table; findings are the faults of its form.
pub(crate) fn read_csv(file: &str, text: &str, findings: &mut Findings) -> RawTable {
    let mut table = RawTable { file: file.to_string(), ..RawTable::default() };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = csv::StringRecord::new();
    // Nothing can fail: the text is UTF-8 in memory, and rows may differ in length.
    while reader.read_record(&mut record).unwrap_or(false) {
        let offset = record.position().map_or(0, |position| position.byte() as usize);
        let left = text.get(offset..).unwrap_or_default();
        // The reader counts empty lines to the row behind them.
        let row_text = left.trim_start_matches(['\r', '\n']);
        let place = place_of_offset(file, text, text.len() - row_text.len());
        let layout = Layout::of(row_text, place.line);
        let at = |(line, column): (usize, usize)| Place { file: file.into(), line, column };
        if let Some(quote) = layout.open_quote {
            table.incomplete = true;
            findings.0.push(Finding::new(
                "open-quote",
                at(quote),
                "this quotation mark is never closed",
                "close it; a quote inside a cell is written twice",
            ));
            break;
        }
        let cells: Vec<String> = record.iter().map(|cell| cell.trim().to_string()).collect();
        if table.header.is_empty() {
            if let Some((separator, column)) = other_separator(&cells) {
                table.incomplete = true;
                findings.0.push(Finding::new(
                    "other-separator",
                    Place { column, ..place },
                    format!("this looks like {separator} between the columns"),
                    "save the table with commas between columns and points before decimals \
                     (in a spreadsheet: \"CSV UTF-8, comma separated\")",
                ));
                return table;
            }
            table.header_places = layout.starts.into_iter().chain([layout.end]).map(at).collect();
            table.header = cells;
            continue;
        }
        if cells.iter().all(String::is_empty) {
            continue;
        }
        if cells.len() != table.header.len() {
            table.incomplete = true;
            let comma = match cells.len() > table.header.len() && has_split_number(&cells) {
                true => "; decimals take a point: 3.5, not 3,5",
                false => "",
            };
            findings.0.push(Finding::new(
                "row-length",
                at(layout.starts.get(table.header.len()).copied().unwrap_or(layout.end)),
                format!("this row has {} cells, the header {}", cells.len(), table.header.len()),
                format!(
                    "give every row as many cells as the header, empty ones too; quote cells that hold commas{comma}"
                ),
            ));
            continue;
        }
        table.rows.push(RawRow { cells, place, starts: layout.starts, changed: BTreeMap::new() });
    }
    if table.header.is_empty() && !table.incomplete {
        table.incomplete = true;
        findings.0.push(Finding::in_file(
            "empty-table",
            file,
            "this table is empty",
            "give it a header row or delete it",
        ));
    }
    table
}

/// A table as CSV text.
pub(crate) fn csv_text(header: &[String], rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).expect("writing to memory");
    for row in rows {
        writer.write_record(row).expect("writing to memory");
    }
    writer.into_inner().expect("writing to memory")
}

/// The separator of a header in one cell, and the column where it first stands.
fn other_separator(cells: &[String]) -> Option<(&'static str, usize)> {
    let [header] = cells else { return None };
    let column = |separator: char| header.chars().position(|c| c == separator).map(|index| index + 1);
    column(';').map(|at| ("semicolons", at)).or_else(|| column('\t').map(|at| ("tabs", at)))
}

/// Whether two cells side by side could be a number cut at its comma.
fn has_split_number(cells: &[String]) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    cells.windows(2).any(|pair| digits(pair[0].trim_start_matches('-')) && digits(&pair[1]))
}

/// Where the cells of the first row of a text start, by the rules of RFC 4180.
struct Layout {
    starts: Vec<(usize, usize)>,
    end: (usize, usize),
    /// The quotation mark that none closes.
    open_quote: Option<(usize, usize)>,
}

impl Layout {
    fn of(text: &str, line: usize) -> Layout {
        let (mut line, mut column) = (line, 1);
        let mut starts = vec![(line, column)];
        let mut open_quote = None;
        let mut at_start = true;
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '"' if open_quote.is_some() && characters.peek() == Some(&'"') => {
                    characters.next();
                    column += 1;
                }
                '"' if open_quote.is_some() => open_quote = None,
                '"' if at_start => open_quote = Some((line, column)),
                '\n' if open_quote.is_some() => {
                    line += 1;
                    column = 0;
                }
                ',' if open_quote.is_none() => starts.push((line, column + 1)),
                '\r' | '\n' if open_quote.is_none() => break,
                _ => {}
            }
            at_start = character == ',' && open_quote.is_none();
            column += 1;
        }
        Layout { starts, end: (line, column), open_quote }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, starts: &[(usize, usize)], end: (usize, usize), open_quote: Option<(usize, usize)>) {
        let layout = Layout::of(text, 1);
        assert_eq!((layout.starts.as_slice(), layout.end, layout.open_quote), (starts, end, open_quote));
    }

    #[test]
    fn cells_start_where_a_reader_sees_them() {
        check("a,bé,c\nd", &[(1, 1), (1, 3), (1, 6)], (1, 7), None);
        check("\"a,\"\"b\",c", &[(1, 1), (1, 9)], (1, 10), None);
        check("\"a\nb\",c", &[(1, 1), (2, 4)], (2, 5), None);
        check("a,5\" pipe", &[(1, 1), (1, 3)], (1, 10), None);
        check("a,\"b\nc", &[(1, 1), (1, 3)], (2, 2), Some((1, 3)));
    }

    #[test]
    fn empty_lines_do_not_move_the_place() {
        let mut findings = Findings::default();
        let table = read_csv("t.csv", "a,b\r\n\r\n\r\n1,2\r\n", &mut findings);
        assert_eq!(table.place(0, 1).to_string(), "t.csv:4:3");
        assert!(findings.0.is_empty(), "{findings}");
    }
}
