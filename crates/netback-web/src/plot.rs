//! The map of a saved run as a picture for papers: the one of the page, drawn without a browser.

use std::collections::BTreeMap;
use std::fmt::Write;

use netback::case::{Case, Files};
use netback::report::read_csv_rows;

use crate::sea::{Place, Sea};

/// Which part of the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// From the Atlantic to Japan.
    Eurasia,
    /// From Iceland to the Caspian Sea.
    Europe,
    /// All.
    World,
}

impl Part {
    /// Longitude of the centre; west, south, east and north of what is drawn.
    fn window(self) -> (f64, [f64; 4]) {
        match self {
            Part::Eurasia => (65.0, [-22.0, -14.0, 152.0, 68.0]),
            Part::Europe => (20.0, [-12.0, 33.0, 52.0, 66.0]),
            Part::World => (23.0, [-132.0, -48.0, 178.0, 74.0]),
        }
    }
}

const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 560.0;
const LEGEND: f64 = 50.0;
/// Flows below this one (in bcm) are not drawn.
const NOTHING: f64 = 0.05;

/// The map of a run as SVG: `case` is its case, `tables` its tables.
///
/// Errors: nodes without places, or a table that is missing or no CSV; in one sentence.
pub fn map_svg(case: &Case, tables: &Files, title: &str, part: Part) -> Result<String, String> {
    if case.nodes.iter().all(|node| node.longitude.is_none() || node.latitude.is_none()) {
        return Err("the nodes of this case have no longitude and latitude, so there is no map".into());
    }
    let run = Numbers::read(tables)?;
    Ok(Drawing::of(case, &run, part).svg(title))
}

/// A picture as PNG, `scale` pixels for each point of the SVG.
///
/// Errors: the SVG cannot be read or is too large; in one sentence.
pub fn png(svg: &str, scale: f32) -> Result<Vec<u8>, String> {
    use resvg::{tiny_skia, usvg};
    let mut options = usvg::Options::default();
    options.fontdb_mut().load_font_data(include_bytes!("../fonts/DejaVuSans-latin.ttf").to_vec());
    options.font_family = "DejaVu Sans".into();
    let tree = usvg::Tree::from_str(svg, &options)
        .map_err(|error| format!("the picture cannot be read: {error}"))?;
    let size = tree.size();
    let (width, height) = ((size.width() * scale).round() as u32, (size.height() * scale).round() as u32);
    let mut pixels = tiny_skia::Pixmap::new(width, height)
        .ok_or_else(|| format!("a picture of {width} × {height} pixels cannot be made"))?;
    resvg::render(&tree, tiny_skia::Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| format!("the picture cannot be written: {error}"))
}

/// What the map shows, of the first year of a run.
#[derive(Default)]
struct Numbers {
    year: String,
    /// Consumption, and its value at the price of the season.
    used: BTreeMap<String, (f64, f64)>,
    produced: BTreeMap<String, f64>,
    /// By from and to: flow and capacity of pipelines.
    pipelines: BTreeMap<(String, String), (f64, f64)>,
    /// By from, to and route.
    lng: BTreeMap<(String, String, String), f64>,
    straits: BTreeMap<String, f64>,
}

impl Numbers {
    fn read(tables: &Files) -> Result<Numbers, String> {
        let rows = |name: &str| -> Result<Vec<BTreeMap<String, String>>, String> {
            let file = format!("{name}.csv");
            let bytes = tables.get(&file).ok_or_else(|| format!("the run has no {file}"))?;
            read_csv_rows(&String::from_utf8_lossy(bytes)).map_err(|error| format!("{file}: {error}"))
        };
        let word =
            |row: &BTreeMap<String, String>, column: &str| row.get(column).cloned().unwrap_or_default();
        let number = |row: &BTreeMap<String, String>, column: &str| -> f64 {
            row.get(column).and_then(|cell| cell.parse().ok()).unwrap_or(0.0)
        };
        let mut prices: BTreeMap<(String, String), f64> = BTreeMap::new();
        let mut run = Numbers::default();
        for row in rows("prices")? {
            if run.year.is_empty() {
                run.year = word(&row, "year");
            }
            if word(&row, "year") == run.year {
                prices.insert((word(&row, "node"), word(&row, "season")), number(&row, "price_usd_per_tcm"));
            }
        }
        let year = run.year.clone();
        let of_year = |name: &str| -> Result<Vec<BTreeMap<String, String>>, String> {
            Ok(rows(name)?.into_iter().filter(|row| word(row, "year") == year).collect())
        };
        for row in of_year("consumption")? {
            let (node, volume) = (word(&row, "node"), number(&row, "bcm"));
            let price = prices.get(&(node.clone(), word(&row, "season"))).copied().unwrap_or(0.0);
            let sums = run.used.entry(node).or_default();
            *sums = (sums.0 + volume, sums.1 + volume * price);
        }
        for row in of_year("production")? {
            *run.produced.entry(word(&row, "node")).or_default() += number(&row, "bcm");
        }
        for row in of_year("flows")?.iter().filter(|row| word(row, "trader") == "all") {
            let (from, to, volume) = (word(row, "from"), word(row, "to"), number(row, "bcm"));
            if word(row, "kind") == "pipeline" {
                let sums = run.pipelines.entry((from, to)).or_default();
                let rate = number(row, "bcm_per_year");
                // the season's share of the year turns the capacity into a volume
                let share = if rate > 0.0 { volume / rate } else { 0.0 };
                *sums = (sums.0 + volume, sums.1 + share * number(row, "capacity_bcm_per_year"));
            } else {
                let arc = word(row, "arc");
                let route = arc.rsplit(':').next().unwrap_or_default().to_string();
                *run.lng.entry((from, to, route)).or_default() += volume;
            }
        }
        for row in of_year("chokepoints")? {
            *run.straits.entry(word(&row, "chokepoint")).or_default() += number(&row, "bcm");
        }
        Ok(run)
    }

    fn price(&self, node: &str) -> Option<f64> {
        self.used.get(node).filter(|sums| sums.0 > 0.0).map(|sums| sums.1 / sums.0)
    }
}

/// The natural earth projection (Šavrič, Jenny, Patterson, Petrovič & Hurni 2011), fitted to a window.
struct Projection {
    centre: f64,
    scale: f64,
    shift: [f64; 2],
}

fn natural_earth(longitude: f64, latitude: f64) -> [f64; 2] {
    let (l, p) = (longitude.to_radians(), latitude.to_radians());
    let (p2, p4) = (p * p, p.powi(4));
    let x = l * (0.8707 - 0.131979 * p2 + p4 * (-0.013791 + p4 * (0.003971 * p2 - 0.001529 * p4)));
    let y = p * (1.007226 + p2 * (0.015085 + p4 * (-0.044475 + 0.028874 * p2 - 0.005916 * p4)));
    [x, -y]
}

impl Projection {
    fn of(part: Part) -> Projection {
        let (centre, [west, south, east, north]) = part.window();
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for step in 0..=8 {
            let longitude = west + (east - west) * f64::from(step) / 8.0;
            for latitude in [south, north] {
                let point = natural_earth(longitude - centre, latitude);
                for axis in [0, 1] {
                    low[axis] = low[axis].min(point[axis]);
                    high[axis] = high[axis].max(point[axis]);
                }
            }
        }
        let scale = (WIDTH / (high[0] - low[0])).min(HEIGHT / (high[1] - low[1]));
        let shift =
            [WIDTH / 2.0 - scale * (low[0] + high[0]) / 2.0, HEIGHT / 2.0 - scale * (low[1] + high[1]) / 2.0];
        Projection { centre, scale, shift }
    }

    fn at(&self, longitude: f64, latitude: f64) -> [f64; 2] {
        let [x, y] = natural_earth(longitude - self.centre, latitude);
        [self.shift[0] + self.scale * x, self.shift[1] + self.scale * y]
    }

    /// A place on the side of the globe that is drawn.
    fn place(&self, [longitude, latitude]: Place) -> [f64; 2] {
        let turned = (longitude - self.centre + 180.0).rem_euclid(360.0) - 180.0;
        self.at(self.centre + turned, latitude)
    }

    /// A line through places, without jumps, in every copy of the globe that the picture touches.
    fn lines(&self, places: &[Place]) -> Vec<Vec<[f64; 2]>> {
        let mut unrolled: Vec<Place> = Vec::with_capacity(places.len());
        for &[longitude, latitude] in places {
            let near = unrolled
                .last()
                .map_or(longitude, |last| last[0] + (longitude - last[0] + 180.0).rem_euclid(360.0) - 180.0);
            unrolled.push([near, latitude]);
        }
        let copies = [-360.0, 0.0, 360.0].into_iter().filter_map(|turn| {
            let turned = |place: &Place| place[0] + turn - self.centre;
            let west = unrolled.iter().map(turned).fold(f64::INFINITY, f64::min);
            let east = unrolled.iter().map(turned).fold(f64::NEG_INFINITY, f64::max);
            let line = unrolled.iter().map(|place| self.at(place[0] + turn, place[1].clamp(-89.9, 89.9)));
            (west < 180.0 && east > -180.0).then(|| line.collect())
        });
        copies.collect()
    }
}

/// Colours between stops; the palette of the page on white.
fn ramp(stops: &[[u8; 3]], share: f64) -> String {
    let at = share.clamp(0.0, 1.0) * (stops.len() - 1) as f64;
    let low = (at.floor() as usize).min(stops.len() - 2);
    let mix = |channel: usize| {
        let (from, to) = (f64::from(stops[low][channel]), f64::from(stops[low + 1][channel]));
        (from + (at - low as f64) * (to - from)).round() as u8
    };
    format!("#{:02x}{:02x}{:02x}", mix(0), mix(1), mix(2))
}

const USE: [[u8; 3]; 6] =
    [[213, 193, 100], [165, 156, 116], [122, 123, 120], [79, 90, 109], [32, 57, 95], [0, 32, 76]];
const PRICE: [[u8; 3]; 6] =
    [[255, 243, 220], [247, 207, 155], [224, 154, 91], [185, 96, 44], [127, 47, 16], [74, 18, 3]];
const LNG: &str = "#1b7f8c";

struct Dot {
    name: String,
    at: [f64; 2],
    radius: f64,
    price: Option<f64>,
    volume: f64,
}

struct Line {
    path: String,
    arrow: Option<([f64; 2], f64)>,
    flow: f64,
    colour: String,
}

struct Label {
    text: String,
    at: [f64; 2],
    radius: f64,
    weight: f64,
    is_strait: bool,
}

struct Drawing {
    year: String,
    land: Vec<String>,
    lanes: Vec<Line>,
    pipelines: Vec<Line>,
    dots: Vec<Dot>,
    straits: Vec<[f64; 2]>,
    labels: Vec<Label>,
    prices: [f64; 2],
}

fn wide(flow: f64) -> f64 {
    (0.115 * flow).clamp(0.8, 16.0)
}

impl Drawing {
    fn of(case: &Case, run: &Numbers, part: Part) -> Drawing {
        let projection = Projection::of(part);
        let places: BTreeMap<&str, Place> = case
            .nodes
            .iter()
            .filter_map(|node| Some((node.id.as_str(), [node.longitude?, node.latitude?])))
            .collect();
        let mut prices: Vec<f64> = run.used.keys().filter_map(|node| run.price(node)).collect();
        prices.sort_by(f64::total_cmp);
        let top = prices.get(prices.len() * 97 / 100).copied().unwrap_or(1.0);
        let bottom = prices.first().copied().unwrap_or(0.0);
        let prices = [(bottom / 50.0).floor() * 50.0, (top / 50.0).ceil() * 50.0];
        let dots: Vec<Dot> = case
            .nodes
            .iter()
            .filter_map(|node| {
                let used = run.used.get(&node.id).map_or(0.0, |sums| sums.0);
                let volume = used.max(0.4 * run.produced.get(&node.id).copied().unwrap_or(0.0));
                let at = projection.place(*places.get(node.id.as_str())?);
                let radius = 2.6 + 0.62 * volume.sqrt();
                Some(Dot { name: short(&node.name), at, radius, price: run.price(&node.id), volume })
            })
            .collect();
        let mut labels: Vec<Label> = dots
            .iter()
            .map(|dot| Label {
                text: dot.name.clone(),
                at: dot.at,
                radius: dot.radius,
                weight: dot.volume,
                is_strait: false,
            })
            .collect();
        let mut straits = Vec::new();
        for point in &case.chokepoints {
            let (Some(longitude), Some(latitude)) = (point.longitude, point.latitude) else { continue };
            let at = projection.place([longitude, latitude]);
            let flow = run.straits.get(&point.id).copied().unwrap_or(0.0);
            straits.push(at);
            let is_closed = point.capacity.is_some_and(|capacity| capacity.0 == 0.0);
            let what = if is_closed { "closed".to_string() } else { digits(flow) };
            let name = point.name.replace("Strait of ", "").replace(" Canal", "").replace(" Strait", "");
            let text = format!("{name} {what}");
            labels.push(Label { text, at, radius: 6.0, weight: 1e4 + flow, is_strait: true });
        }
        Drawing {
            year: run.year.clone(),
            land: land(&projection),
            lanes: lanes(case, run, &projection, &places),
            pipelines: pipelines(run, &projection, &places),
            dots,
            straits,
            labels,
            prices,
        }
    }

    fn svg(&self, title: &str) -> String {
        let mut svg = String::new();
        let height = HEIGHT + LEGEND + 26.0;
        // writing to a string cannot fail
        let _ = write!(
            svg,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{height}\" \
             viewBox=\"0 -26 {WIDTH} {height}\" font-family=\"DejaVu Sans, sans-serif\" font-size=\"11\">\
             <rect y=\"-26\" width=\"100%\" height=\"100%\" fill=\"#fff\"/>\
             <text x=\"4\" y=\"-9\" font-size=\"14\">{}, {}</text>\
             <clipPath id=\"area\"><rect width=\"{WIDTH}\" height=\"{HEIGHT}\"/></clipPath><g clip-path=\"url(#area)\">\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#e8eff4\"/>",
            escaped(title),
            escaped(&self.year)
        );
        for ring in &self.land {
            let _ =
                write!(svg, "<path d=\"{ring}Z\" fill=\"#fbfaf6\" stroke=\"#cfcabd\" stroke-width=\"0.6\"/>");
        }
        for (lines, opacity) in [(&self.lanes, 0.75), (&self.pipelines, 1.0)] {
            for line in lines {
                let _ = write!(
                    svg,
                    "<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{:.1}\" stroke-opacity=\"{opacity}\" \
                     stroke-linecap=\"round\"/>",
                    line.path,
                    line.colour,
                    wide(line.flow)
                );
            }
            for line in lines {
                let Some(([x, y], angle)) = line.arrow else { continue };
                let size = 2.6 + 0.48 * wide(line.flow);
                let fill = if wide(line.flow) > 5.0 { "#fff" } else { &line.colour };
                let _ = write!(
                    svg,
                    "<path d=\"M{:.1},{:.1}L{size:.1},0L{:.1},{:.1}Z\" fill=\"{fill}\" stroke=\"#fff\" \
                     stroke-width=\"0.5\" transform=\"translate({x:.1},{y:.1}) rotate({angle:.0})\"/>",
                    -size,
                    -0.75 * size,
                    -size,
                    0.75 * size
                );
            }
        }
        for dot in &self.dots {
            let [low, high] = self.prices;
            let fill = dot.price.map_or("#b8bec4".into(), |price| ramp(&PRICE, (price - low) / (high - low)));
            let [x, y] = dot.at;
            let radius = dot.radius;
            let _ = write!(
                svg,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\" fill=\"{fill}\" stroke=\"#14202b\" stroke-width=\"0.7\"/>"
            );
        }
        for [x, y] in &self.straits {
            svg.push_str(&strait(*x, *y));
        }
        for (label, x, y, anchor) in self.placed() {
            let weight = if label.is_strait { " font-weight=\"bold\"" } else { "" };
            for halo in ["stroke=\"#fff\" stroke-width=\"2.6\" stroke-linejoin=\"round\"", ""] {
                let _ = write!(
                    svg,
                    "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" fill=\"#14202b\"{weight} {halo}>{}</text>",
                    escaped(&label.text)
                );
            }
        }
        svg.push_str("</g>");
        self.legend(&mut svg);
        svg.push_str("</svg>\n");
        svg
    }

    /// Labels that fit, the important first: each with where it stands.
    fn placed(&self) -> Vec<(&Label, f64, f64, &'static str)> {
        let mut taken: Vec<[f64; 4]> = Vec::new();
        let around = |[x, y]: [f64; 2], r: f64| [x - r, y - r, x + r, y + r];
        taken.extend(self.dots.iter().map(|dot| around(dot.at, 0.8 * dot.radius)));
        taken.extend(self.straits.iter().map(|&at| around(at, 6.0)));
        let mut wanted: Vec<&Label> = self.labels.iter().collect();
        wanted.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        let mut placed = Vec::new();
        for label in wanted {
            let long = label.text.chars().count() as f64 * 6.5;
            let gap = label.radius + 3.0;
            let [x, y] = label.at;
            let spots = [
                (x + gap, y + 4.0, "start"),
                (x - gap, y + 4.0, "end"),
                (x, y - gap, "middle"),
                (x, y + gap + 9.0, "middle"),
                (x + 0.8 * gap, y - 0.8 * gap, "start"),
                (x + 0.8 * gap, y + 0.8 * gap + 7.0, "start"),
                (x - 0.8 * gap, y - 0.8 * gap, "end"),
                (x - 0.8 * gap, y + 0.8 * gap + 7.0, "end"),
            ];
            let spot = spots.into_iter().find_map(|(left, top, anchor)| {
                let start = match anchor {
                    "start" => left,
                    "end" => left - long,
                    _ => left - long / 2.0,
                };
                let own = [start - 1.0, top - 9.5, start + long + 1.0, top + 3.0];
                let inside = own[0] > 2.0 && own[2] < WIDTH - 2.0 && own[1] > 2.0 && own[3] < HEIGHT - 2.0;
                let free = taken.iter().all(|other| {
                    own[0] >= other[2] || other[0] >= own[2] || own[1] >= other[3] || other[1] >= own[3]
                });
                (inside && free).then_some((own, left, top, anchor))
            });
            if let Some((own, left, top, anchor)) = spot {
                taken.push(own);
                placed.push((label, left, top, anchor));
            }
        }
        placed
    }

    fn legend(&self, svg: &mut String) {
        let mut text = |x: f64, y: f64, anchor: &str, words: &str| {
            let y = HEIGHT + y;
            let _ = write!(
                svg,
                "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" fill=\"#14202b\">{words}</text>"
            );
        };
        text(6.0, 17.0, "start", "Price, USD/tcm");
        text(6.0, 44.0, "start", &digits(self.prices[0]));
        text(126.0, 44.0, "end", &digits(self.prices[1]));
        text(168.0, 17.0, "start", "Pipeline, share of capacity used");
        text(168.0, 44.0, "start", "0 %");
        text(288.0, 44.0, "end", "100 %");
        text(390.0, 17.0, "start", "Width: flow, bcm/yr");
        for (at, flow) in [10.0, 50.0, 100.0].into_iter().enumerate() {
            text(if at == 2 { 536.0 } else { 419.0 + 58.0 * at as f64 }, 38.0, "start", &digits(flow));
        }
        text(622.0, 17.0, "start", "LNG");
        text(764.0, 17.0, "start", "larger: more gas used");
        text(764.0, 38.0, "start", "strait, with its LNG in bcm/yr");
        for step in 0..40 {
            let share = f64::from(step) / 39.0;
            for (start, colour) in [(6.0, ramp(&PRICE, share)), (168.0, ramp(&USE, share))] {
                let (x, y) = (start + 3.0 * f64::from(step), HEIGHT + 23.0);
                let _ =
                    write!(svg, "<rect x=\"{x}\" y=\"{y}\" width=\"3.2\" height=\"8\" fill=\"{colour}\"/>");
            }
        }
        let mut line = |x: f64, y: f64, width: f64, colour: &str| {
            let (end, y) = (x + 20.0, HEIGHT + y);
            let _ = write!(
                svg,
                "<line x1=\"{x}\" x2=\"{end}\" y1=\"{y}\" y2=\"{y}\" stroke=\"{colour}\" stroke-width=\"{width:.1}\" \
                 stroke-linecap=\"round\"/>"
            );
        };
        for (at, flow) in [10.0, 50.0, 100.0].into_iter().enumerate() {
            line(394.0 + 58.0 * at as f64, 34.0, wide(flow), "#6b7683");
        }
        line(594.0, 13.0, 4.0, LNG);
        let y = HEIGHT + 13.0;
        let _ = write!(
            svg,
            "<circle cx=\"752\" cy=\"{y}\" r=\"5\" fill=\"#b8bec4\" stroke=\"#14202b\" stroke-width=\"0.7\"/>"
        );
        svg.push_str(&strait(752.0, HEIGHT + 34.0));
    }
}

fn strait(x: f64, y: f64) -> String {
    format!(
        "<path d=\"M0,-6L6,0L0,6L-6,0Z\" transform=\"translate({x:.1},{y:.1})\" fill=\"#fff\" stroke=\"#14202b\" stroke-width=\"1.3\"/>"
    )
}

/// Outlines of land, one path for each ring. Source: Natural Earth 1:110m by world-atlas, public domain.
fn land(projection: &Projection) -> Vec<String> {
    let number = |text: Option<&str>| text.and_then(|text| text.parse().ok()).unwrap_or(0.0);
    let mut paths = Vec::new();
    for ring in include_str!("../map/land.txt").lines() {
        let places: Vec<Place> = ring
            .split(',')
            .map(|pair| {
                let mut parts = pair.split(' ');
                [number(parts.next()), number(parts.next())]
            })
            .collect();
        paths.extend(projection.lines(&places).iter().map(|line| path(line)));
    }
    paths
}

fn path(points: &[[f64; 2]]) -> String {
    let mut text = String::new();
    for (at, [x, y]) in points.iter().enumerate() {
        let _ = write!(text, "{}{x:.1},{y:.1}", if at == 0 { 'M' } else { 'L' });
    }
    text
}

/// Pieces of sea with the gas that passes them in both directions, the wide ones first.
fn lanes(case: &Case, run: &Numbers, projection: &Projection, places: &BTreeMap<&str, Place>) -> Vec<Line> {
    let sea = Sea::built_in();
    let mut sums: BTreeMap<(String, String), (Place, Place, f64, f64)> = BTreeMap::new();
    for ((from, to, route), &flow) in run.lng.iter().filter(|(_, flow)| **flow > NOTHING) {
        let (Some(&start), Some(&end)) = (places.get(from.as_str()), places.get(to.as_str())) else {
            continue;
        };
        let node = |id: netback::ids::NodeId| case.nodes[id.index()].id.as_str();
        let sailed = case
            .sea_routes
            .iter()
            .find(|one| node(one.from) == from && node(one.to) == to && one.route == *route);
        let straits: Vec<(&str, Place)> = sailed
            .iter()
            .flat_map(|one| &one.chokepoints)
            .filter_map(|id| {
                let point = &case.chokepoints[id.index()];
                Some((point.id.as_str(), [point.longitude?, point.latitude?]))
            })
            .collect();
        let (port, landing) = (format!("node:{from}"), format!("node:{to}"));
        let course = sea.course((&port, start), (&landing, end), &straits);
        for pair in course.windows(2) {
            let ((a, from), (b, to)) = (&pair[0], &pair[1]);
            let along = a < b;
            let (key, ends) = if along {
                ((a.clone(), b.clone()), (*from, *to))
            } else {
                ((b.clone(), a.clone()), (*to, *from))
            };
            let sum = sums.entry(key).or_insert((ends.0, ends.1, 0.0, 0.0));
            if along {
                sum.2 += flow;
            } else {
                sum.3 += flow;
            }
        }
    }
    let mut lines = Vec::new();
    for (from, to, along, against) in sums.into_values() {
        let ends = if along >= against { [from, to] } else { [to, from] };
        for line in projection.lines(&ends) {
            let [a, b] = [line[0], line[1]];
            let long = (b[0] - a[0]).hypot(b[1] - a[1]);
            let flow = along + against;
            let middle = [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
            let angle = (b[1] - a[1]).atan2(b[0] - a[0]).to_degrees();
            let arrow = (flow > 3.0 && long > 34.0).then_some((middle, angle));
            lines.push(Line { path: path(&line), arrow, flow, colour: LNG.into() });
        }
    }
    lines.sort_by(|a, b| b.flow.total_cmp(&a.flow));
    lines
}

/// Pipelines by their ends; lines of both directions bend to their own side.
fn pipelines(run: &Numbers, projection: &Projection, places: &BTreeMap<&str, Place>) -> Vec<Line> {
    let mut lines: Vec<Line> = run
        .pipelines
        .iter()
        .filter(|(_, (flow, _))| *flow > NOTHING)
        .filter_map(|((from, to), &(flow, capacity))| {
            let a = projection.place(*places.get(from.as_str())?);
            let b = projection.place(*places.get(to.as_str())?);
            let [dx, dy] = [b[0] - a[0], b[1] - a[1]];
            let bend = [(a[0] + b[0]) / 2.0 - 0.09 * dy, (a[1] + b[1]) / 2.0 + 0.09 * dx];
            let on = |t: f64| {
                [0, 1].map(|i| (1.0 - t).powi(2) * a[i] + 2.0 * t * (1.0 - t) * bend[i] + t * t * b[i])
            };
            let (middle, next) = (on(0.56), on(0.6));
            let angle = (next[1] - middle[1]).atan2(next[0] - middle[0]).to_degrees();
            let path =
                format!("M{:.1},{:.1}Q{:.1},{:.1} {:.1},{:.1}", a[0], a[1], bend[0], bend[1], b[0], b[1]);
            let colour = ramp(&USE, if capacity > 0.0 { flow / capacity } else { 0.0 });
            Some(Line { path, arrow: (flow > 0.3).then_some((middle, angle)), flow, colour })
        })
        .collect();
    lines.sort_by(|a, b| b.flow.total_cmp(&a.flow));
    lines
}

fn short(name: &str) -> String {
    name.split(" (").next().unwrap_or(name).split(", ").next().unwrap_or(name).to_string()
}

fn digits(value: f64) -> String {
    if value.abs() >= 100.0 || value == value.trunc() { format!("{value:.0}") } else { format!("{value:.1}") }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
