//! Smooth convex functions of one variable that are not quadratic.

/// A smooth convex function of one column, added to the objective.
///
/// Source: constant-elasticity benefit as in the International Gas Trade Model (Manne & Beltramo 1984);
/// logarithmic capacity cost after Golombek, Gjelsvik & Rosendahl 1995; cubic arc cost as in Harker 1986.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Curve {
    /// Minus the benefit of consumers whose demand is `quantity · (p / price)^elasticity`.
    ///
    /// The derivative is `-weight · price · (x / quantity)^(1 / elasticity)`; defined for `x > 0`.
    ConstantElasticityBenefit {
        /// Factor on the whole function, positive.
        weight: f64,
        /// Reference quantity, positive.
        quantity: f64,
        /// Reference price, positive.
        price: f64,
        /// Elasticity, negative.
        elasticity: f64,
    },
    /// Cost whose derivative is `weight · coefficient · ln(1 - x / capacity)` with `coefficient ≤ 0`;
    /// defined for `x < capacity`.
    LogarithmicCapacityCost {
        /// Factor on the whole function, positive.
        weight: f64,
        /// The g of the marginal cost, zero or negative.
        coefficient: f64,
        /// Capacity, positive.
        capacity: f64,
    },
    /// Cost whose derivative is `weight · coefficient / (barrier - x)`; defined for `x < barrier`.
    HyperbolicCapacityCost {
        /// Factor on the whole function, positive.
        weight: f64,
        /// Zero or positive.
        coefficient: f64,
        /// Where the cost grows without end, positive.
        barrier: f64,
    },
    /// Cost whose derivative is `weight · coefficient · x²`; defined for `x ≥ 0`.
    CubicCost {
        /// Factor on the whole function, positive.
        weight: f64,
        /// Zero or positive.
        coefficient: f64,
    },
}

impl Curve {
    /// Value at `x`, up to a constant; infinite outside the domain.
    pub fn value(&self, x: f64) -> f64 {
        match *self {
            Curve::ConstantElasticityBenefit { weight, quantity, price, elasticity } => {
                if x <= 0.0 {
                    return f64::INFINITY;
                }
                let ratio = x / quantity;
                let power = 1.0 + 1.0 / elasticity;
                if power.abs() < 1e-12 {
                    -weight * price * quantity * ratio.ln()
                } else {
                    -weight * price * quantity * (ratio.powf(power) - 1.0) / power
                }
            }
            Curve::LogarithmicCapacityCost { weight, coefficient, capacity } => {
                if x >= capacity {
                    return f64::INFINITY;
                }
                -weight * coefficient * ((capacity - x) * (1.0 - x / capacity).ln() + x)
            }
            Curve::HyperbolicCapacityCost { weight, coefficient, barrier } => {
                if x >= barrier {
                    return f64::INFINITY;
                }
                -weight * coefficient * (1.0 - x / barrier).ln()
            }
            Curve::CubicCost { weight, coefficient } => {
                if x < 0.0 {
                    return f64::INFINITY;
                }
                weight * coefficient * x * x * x / 3.0
            }
        }
    }

    /// First derivative at `x` inside the domain.
    pub fn slope(&self, x: f64) -> f64 {
        match *self {
            Curve::ConstantElasticityBenefit { weight, quantity, price, elasticity } => {
                -weight * price * (x / quantity).powf(1.0 / elasticity)
            }
            Curve::LogarithmicCapacityCost { weight, coefficient, capacity } => {
                weight * coefficient * (1.0 - x / capacity).ln()
            }
            Curve::HyperbolicCapacityCost { weight, coefficient, barrier } => {
                weight * coefficient / (barrier - x)
            }
            Curve::CubicCost { weight, coefficient } => weight * coefficient * x * x,
        }
    }

    /// Second derivative at `x` inside the domain; never negative.
    pub fn curvature(&self, x: f64) -> f64 {
        match *self {
            Curve::ConstantElasticityBenefit { weight, quantity, price, elasticity } => {
                -weight * price / (elasticity * quantity) * (x / quantity).powf(1.0 / elasticity - 1.0)
            }
            Curve::LogarithmicCapacityCost { weight, coefficient, capacity } => {
                -weight * coefficient / (capacity - x)
            }
            Curve::HyperbolicCapacityCost { weight, coefficient, barrier } => {
                weight * coefficient / ((barrier - x) * (barrier - x))
            }
            Curve::CubicCost { weight, coefficient } => 2.0 * weight * coefficient * x.max(0.0),
        }
    }

    /// A point inside the domain from which to start.
    pub(crate) fn start(&self) -> f64 {
        match *self {
            Curve::ConstantElasticityBenefit { quantity, .. } => quantity,
            Curve::LogarithmicCapacityCost { capacity, .. } => 0.5 * capacity,
            Curve::HyperbolicCapacityCost { barrier, .. } => 0.5 * barrier,
            Curve::CubicCost { .. } => 1.0,
        }
    }

    /// The interval around `x` in which the quadratic model may be trusted: it never leaves the domain.
    pub(crate) fn trust(&self, x: f64) -> (f64, f64) {
        match *self {
            Curve::ConstantElasticityBenefit { .. } => (0.2 * x, 5.0 * x),
            Curve::LogarithmicCapacityCost { capacity, .. } => (f64::NEG_INFINITY, x + 0.9 * (capacity - x)),
            Curve::HyperbolicCapacityCost { barrier, .. } => (f64::NEG_INFINITY, x + 0.9 * (barrier - x)),
            Curve::CubicCost { .. } => (0.0, f64::INFINITY),
        }
    }

    /// What is wrong with the parameters, if anything.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        let (finite, shape) = match *self {
            Curve::ConstantElasticityBenefit { weight, quantity, price, elasticity } => (
                [weight, quantity, price, elasticity].iter().all(|v| v.is_finite()),
                weight > 0.0 && quantity > 0.0 && price > 0.0 && elasticity < 0.0,
            ),
            Curve::LogarithmicCapacityCost { weight, coefficient, capacity } => (
                [weight, coefficient, capacity].iter().all(|v| v.is_finite()),
                weight > 0.0 && coefficient <= 0.0 && capacity > 0.0,
            ),
            Curve::HyperbolicCapacityCost { weight, coefficient, barrier } => (
                [weight, coefficient, barrier].iter().all(|v| v.is_finite()),
                weight > 0.0 && coefficient >= 0.0 && barrier > 0.0,
            ),
            Curve::CubicCost { weight, coefficient } => {
                (weight.is_finite() && coefficient.is_finite(), weight > 0.0 && coefficient >= 0.0)
            }
        };
        match (finite, shape) {
            (false, _) => Some("a parameter of the curve is not finite"),
            (_, false) => Some("the curve is not convex"),
            _ => None,
        }
    }
}
