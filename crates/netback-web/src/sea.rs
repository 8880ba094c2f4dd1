//! Where ships sail, for drawing only: the model knows distances and straits, not courses.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// Degrees east and north.
pub type Place = [f64; 2];

#[derive(Deserialize)]
struct Net {
    points: BTreeMap<String, Place>,
    straits: BTreeMap<String, Place>,
    ways: Vec<Vec<String>>,
}

/// Points of the sea that are tried as a port of a place.
const PORTS: usize = 6;

/// The points of the sea and the ways between them; the page draws with the same file.
pub struct Sea {
    places: BTreeMap<String, Place>,
    straits: BTreeSet<String>,
    neighbours: BTreeMap<String, Vec<(String, f64)>>,
}

impl Sea {
    /// The net that is built in.
    pub fn built_in() -> Sea {
        let net: Net = serde_json::from_str(include_str!("../map/sea.json")).expect("a test reads this file");
        let straits = net.straits.keys().cloned().collect();
        let mut places = net.points;
        places.extend(net.straits);
        let mut neighbours: BTreeMap<String, Vec<(String, f64)>> = BTreeMap::new();
        for way in &net.ways {
            for pair in way.windows(2) {
                let length = distance(places[&pair[0]], places[&pair[1]]);
                for (from, to) in [(&pair[0], &pair[1]), (&pair[1], &pair[0])] {
                    neighbours.entry(from.clone()).or_default().push((to.clone(), length));
                }
            }
        }
        Sea { places, straits, neighbours }
    }

    /// The shortest course between two places on land that passes no strait but those given, as named places; the
    /// ends are `from` and `to`. Straight through the straits when one of them is not in the net.
    pub fn course(
        &self,
        from: (&str, Place),
        to: (&str, Place),
        straits: &[(&str, Place)],
    ) -> Vec<(String, Place)> {
        let named = |name: &str, place| (name.to_string(), place);
        let known = straits.iter().all(|(name, _)| self.straits.contains(*name));
        let allowed: BTreeSet<&str> = straits.iter().map(|(name, _)| *name).collect();
        let way = if known { self.between_ports(from.1, to.1, &allowed) } else { None };
        let between = match way {
            Some(points) => points.into_iter().map(|name| named(name, self.places[name])).collect(),
            None => straits.iter().map(|(name, place)| named(name, *place)).collect::<Vec<_>>(),
        };
        std::iter::once(named(from.0, from.1)).chain(between).chain([named(to.0, to.1)]).collect()
    }

    /// Spain has ports on two seas: the way between the ports nearest to both places that needs no other strait.
    fn between_ports(&self, from: Place, to: Place, allowed: &BTreeSet<&str>) -> Option<Vec<&str>> {
        let (starts, ends) = (self.ports(from), self.ports(to));
        let mut pairs: Vec<(f64, &str, &str)> = Vec::new();
        for &(far, start) in &starts {
            pairs.extend(ends.iter().map(|&(further, end)| (far + further, start, end)));
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        pairs.into_iter().find_map(|(_, start, end)| self.way(start, end, allowed))
    }

    /// The nearest points that are no straits, with their distances.
    fn ports(&self, place: Place) -> Vec<(f64, &str)> {
        let ports = self.places.iter().filter(|(name, _)| !self.straits.contains(*name));
        let mut ports: Vec<(f64, &str)> =
            ports.map(|(name, at)| (distance(place, *at), name.as_str())).collect();
        ports.sort_by(|a, b| a.0.total_cmp(&b.0));
        ports.truncate(PORTS);
        ports
    }

    /// Dijkstra 1959.
    fn way<'a>(&'a self, from: &'a str, to: &'a str, allowed: &BTreeSet<&str>) -> Option<Vec<&'a str>> {
        let mut best: BTreeMap<&str, f64> = BTreeMap::from([(from, 0.0)]);
        let mut via: BTreeMap<&str, &str> = BTreeMap::new();
        let mut done: BTreeSet<&str> = BTreeSet::new();
        loop {
            let open = best.iter().filter(|(point, _)| !done.contains(*point));
            let (&here, &length) = open.min_by(|a, b| a.1.total_cmp(b.1))?;
            if here == to {
                break;
            }
            done.insert(here);
            for (next, step) in self.neighbours.get(here)? {
                if self.straits.contains(next) && !allowed.contains(next.as_str()) {
                    continue;
                }
                let total = length + step;
                if best.get(next.as_str()).is_none_or(|&known| total < known) {
                    best.insert(next, total);
                    via.insert(next, here);
                }
            }
        }
        let mut points = vec![to];
        while let Some(&before) = points.last().and_then(|point| via.get(point)) {
            points.push(before);
        }
        points.reverse();
        Some(points)
    }
}

/// Great-circle distance in radians.
fn distance(a: Place, b: Place) -> f64 {
    let ([lon_a, lat_a], [lon_b, lat_b]) = (a.map(f64::to_radians), b.map(f64::to_radians));
    let half = |difference: f64| (difference / 2.0).sin().powi(2);
    let chord = half(lat_b - lat_a) + lat_a.cos() * lat_b.cos() * half(lon_b - lon_a);
    2.0 * chord.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(course: &[(String, Place)]) -> Vec<&str> {
        course.iter().map(|(name, _)| name.as_str()).collect()
    }

    #[test]
    fn courses_keep_to_their_straits() {
        let sea = Sea::built_in();
        let (qatar, japan) = (("QAT", [51.5, 25.8]), ("JPN", [138.5, 35.7]));
        let [hormuz, malacca] = [("hormuz", [56.4, 26.5]), ("malacca", [101.0, 2.8])];
        let both = sea.course(qatar, japan, &[hormuz, malacca]);
        assert!(passed(&both).contains(&"hormuz") && passed(&both).contains(&"malacca"));
        let around = sea.course(qatar, japan, &[hormuz]);
        assert!(!passed(&around).contains(&"malacca") && passed(&around).contains(&"lombok"), "{around:?}");
        // Huelva and Bilbao, not Barcelona
        let spain = sea.course(("NGA", [6.5, 5.5]), ("ESP", [-3.0, 40.5]), &[]);
        assert!(!passed(&spain).contains(&"gibraltar") && passed(&spain).contains(&"dakar"), "{spain:?}");
        let elsewhere = sea.course(qatar, japan, &[("bering", [-169.0, 66.0])]);
        assert_eq!(passed(&elsewhere), ["QAT", "bering", "JPN"]);
    }
}
