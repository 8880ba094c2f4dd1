//! Counterfactuals as ranges: what cannot be known about slopes, elasticities and conduct is varied.
//!
//! Source: method: calibration ("quantities are robust, prices are not"): σ ∈ {1, 3, 10}, elasticity × {½, 1, 2},
//! price takers or regional conduct. Every variant reproduces the same calibrated base.

use crate::case::{Case, ConductRule};

/// One choice of what cannot be known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Variant {
    /// σ of the slope of calibrated wedges.
    pub slope_sigma: f64,
    /// Factor on elasticities.
    pub elasticity_factor: f64,
    /// Conduct.
    pub conduct: ConductRule,
}

/// All variants; the central one first.
pub fn variants() -> Vec<Variant> {
    let mut all = Vec::new();
    for conduct in [ConductRule::Calibrated, ConductRule::PriceTaking] {
        for elasticity_factor in [1.0, 0.5, 2.0] {
            for slope_sigma in [3.0, 1.0, 10.0] {
                all.push(Variant { slope_sigma, elasticity_factor, conduct });
            }
        }
    }
    all
}

impl Variant {
    /// The case under this variant.
    pub fn of(&self, case: &Case) -> Case {
        let mut varied = case.clone();
        varied.settings.slope_sigma = self.slope_sigma;
        varied.settings.elasticity_factor = self.elasticity_factor;
        varied.settings.conduct = self.conduct;
        varied
    }
}

/// A result over the variants.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Smallest.
    pub low: f64,
    /// Of the central variant.
    pub central: f64,
    /// Largest.
    pub high: f64,
    /// What moves it most.
    pub driver: &'static str,
}

impl Range {
    /// The range of one result, with values in the order of [`variants`].
    ///
    /// The driver is the parameter with the largest spread between the means over its levels.
    pub fn of(values: &[f64]) -> Range {
        let all = variants();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let spread = |level: &dyn Fn(&Variant) -> usize| -> f64 {
            let mut sums = [(0.0, 0.0); 3];
            for (variant, value) in all.iter().zip(values) {
                let entry = &mut sums[level(variant)];
                *entry = (entry.0 + value, entry.1 + 1.0);
            }
            let means: Vec<f64> =
                sums.iter().filter(|entry| entry.1 > 0.0).map(|entry| entry.0 / entry.1).collect();
            means.iter().copied().fold(f64::NEG_INFINITY, f64::max)
                - means.iter().copied().fold(f64::INFINITY, f64::min)
        };
        let three =
            |value: f64, levels: [f64; 3]| levels.iter().position(|&level| level == value).unwrap_or(0);
        let spreads = [
            ("slope σ", spread(&|variant| three(variant.slope_sigma, [1.0, 3.0, 10.0]))),
            ("elasticity", spread(&|variant| three(variant.elasticity_factor, [0.5, 1.0, 2.0]))),
            ("conduct", spread(&|variant| usize::from(variant.conduct == ConductRule::PriceTaking))),
        ];
        let driver = spreads.iter().max_by(|a, b| a.1.total_cmp(&b.1)).map_or("", |entry| entry.0);
        let driver = if high - low < 1e-9 { "" } else { driver };
        Range { low, central: values.first().copied().unwrap_or(0.0), high, driver }
    }
}
