//! Price processes and their paths: oil with two factors, hubs that return to a seasonal level, geometric Brownian.
//!
//! Every process is the exponential of a sum of Gaussian factors dX = (drift − κX)dt + σ dW, so that a step of any
//! length is exact and all innovations of a step share one covariance matrix. Indexed contract prices are never
//! simulated: fuels are, and the formula is applied to them.
//!
//! Random numbers are found, not drawn in turn: the number of (seed, path, step, factor) is a position in a stream.

use nalgebra::DMatrix;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::in_order::in_order;
use super::option_formulas::{Fixing, Right, geometric_average_option, normal_quantile};

/// Why price paths cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PathError {
    /// Correlations contradict each other.
    #[error("the correlations contradict each other: their matrix is not positive semidefinite")]
    Correlations,
    /// A correlation names a factor that is not there.
    #[error("a correlation names factor {factor} of series {series}, which is not there")]
    NoSuchFactor {
        /// Position of the series.
        series: usize,
        /// Position of the factor within the series.
        factor: usize,
    },
    /// Dates must ascend.
    #[error("date {0} is not after the one before")]
    Dates(usize),
    /// A forward curve has another length than the dates.
    #[error("series \"{0}\" has a forward curve of another length than the dates")]
    Curve(String),
}

/// Oil with a short-lived deviation and a lasting level: ln S = χ + ξ.
///
/// Source: Schwartz and Smith 2000. Checked against cases/published/schwartz-smith.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SchwartzSmith {
    /// κ, per year.
    pub mean_reversion: f64,
    /// σχ.
    pub short_volatility: f64,
    /// λχ, by which the risk-neutral deviation is pulled down.
    pub short_risk_premium: f64,
    /// μξ, drift of the level in the real world.
    pub real_drift: f64,
    /// μξ*, drift of the level in the risk-neutral world.
    pub drift: f64,
    /// σξ.
    pub long_volatility: f64,
    /// Correlation of the two innovations.
    pub correlation: f64,
    /// χ at valuation.
    pub short_start: f64,
    /// ξ at valuation.
    pub long_start: f64,
}

impl SchwartzSmith {
    /// Price for delivery now.
    pub fn spot(&self) -> f64 {
        libm::exp(self.short_start + self.long_start)
    }

    /// Forward price for delivery in so many years.
    ///
    /// Source: Schwartz and Smith 2000, eq. 9.
    pub fn forward(&self, years: f64) -> f64 {
        let decay = libm::exp(-self.mean_reversion * years);
        let risk = (1.0 - decay) * self.short_risk_premium / self.mean_reversion;
        let mean = decay * self.short_start + self.long_start + self.drift * years - risk;
        libm::exp(mean + 0.5 * self.variance_of_forward(years, years))
    }

    /// Variance, seen from now, of the logarithm at `observed` of the forward for `delivery`, both in years.
    ///
    /// Source: Schwartz and Smith 2000, eq. 10; the square of what [`super::option_formulas::black_76`] takes.
    pub fn variance_of_forward(&self, observed: f64, delivery: f64) -> f64 {
        let kappa = self.mean_reversion;
        let wait = libm::exp(-kappa * (delivery - observed));
        let cross = self.correlation * self.short_volatility * self.long_volatility;
        wait * wait * self.short_volatility.powi(2) * growth(2.0 * kappa, observed)
            + self.long_volatility.powi(2) * observed
            + 2.0 * wait * cross * growth(kappa, observed)
    }
}

/// A hub price that returns to a seasonal level: ln S = season(month) + X, dX = κ(level − X)dt + σ dW.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogOrnsteinUhlenbeck {
    /// κ, per year.
    pub mean_reversion: f64,
    /// Level of the logarithm without season.
    pub level: f64,
    /// By how much the risk-neutral level lies below the real one.
    pub risk_premium: f64,
    /// σ.
    pub volatility: f64,
    /// Logarithm of the price at valuation, without season.
    pub start: f64,
    /// Added to the logarithm in each month of the year, January first.
    pub season: [f64; 12],
}

/// A price whose relative changes are independent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GeometricBrownian {
    /// Price at valuation.
    pub start: f64,
    /// Drift of the risk-neutral price per year; zero for a forward.
    pub drift: f64,
    /// Drift of the real price per year.
    pub real_drift: f64,
    /// σ.
    pub volatility: f64,
}

/// How a price moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Process {
    /// Two factors.
    SchwartzSmith(SchwartzSmith),
    /// Returns to a seasonal level.
    LogOrnsteinUhlenbeck(LogOrnsteinUhlenbeck),
    /// Independent relative changes.
    GeometricBrownian(GeometricBrownian),
}

/// One Gaussian factor: dX = (drift − κX)dt + σ dW.
#[derive(Debug, Clone, Copy)]
struct Factor {
    start: f64,
    mean_reversion: f64,
    volatility: f64,
    drift: f64,
    real_drift: f64,
}

impl Process {
    fn factors(&self) -> Vec<Factor> {
        match self {
            Process::SchwartzSmith(oil) => vec![
                Factor {
                    start: oil.short_start,
                    mean_reversion: oil.mean_reversion,
                    volatility: oil.short_volatility,
                    drift: -oil.short_risk_premium,
                    real_drift: 0.0,
                },
                Factor {
                    start: oil.long_start,
                    mean_reversion: 0.0,
                    volatility: oil.long_volatility,
                    drift: oil.drift,
                    real_drift: oil.real_drift,
                },
            ],
            Process::LogOrnsteinUhlenbeck(hub) => vec![Factor {
                start: hub.start,
                mean_reversion: hub.mean_reversion,
                volatility: hub.volatility,
                drift: hub.mean_reversion * (hub.level - hub.risk_premium),
                real_drift: hub.mean_reversion * hub.level,
            }],
            Process::GeometricBrownian(price) => {
                let correction = 0.5 * price.volatility * price.volatility;
                vec![Factor {
                    start: libm::log(price.start),
                    mean_reversion: 0.0,
                    volatility: price.volatility,
                    drift: price.drift - correction,
                    real_drift: price.real_drift - correction,
                }]
            }
        }
    }

    fn season(&self, month: u32) -> f64 {
        match self {
            Process::LogOrnsteinUhlenbeck(hub) => hub.season[(month as usize + 11) % 12],
            _ => 0.0,
        }
    }
}

/// ∫₀ᵗ e^{−κs} ds.
fn growth(kappa: f64, years: f64) -> f64 {
    if kappa == 0.0 { years } else { -libm::expm1(-kappa * years) / kappa }
}

/// A named price.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Name, as price formulas use it.
    pub name: String,
    /// How it moves.
    pub process: Process,
    /// Forward prices for the dates, which then replace those of the process; its moves around them stay.
    pub forward_curve: Option<Vec<f64>>,
}

/// Correlation of two innovations; each is named by series and factor within it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Correlation {
    /// Series and factor.
    pub between: (usize, usize),
    /// The other series and factor.
    pub and: (usize, usize),
    /// From −1 to 1.
    pub value: f64,
}

/// When prices are observed.
#[derive(Debug, Clone, PartialEq)]
pub struct Dates {
    /// Years from valuation, ascending; zero is allowed for the first.
    pub years: Vec<f64>,
    /// Month of the year of each date, 1 to 12.
    pub months: Vec<u32>,
}

impl Dates {
    /// Dates without a season.
    pub fn plain(years: Vec<f64>) -> Dates {
        let months = vec![1; years.len()];
        Dates { years, months }
    }

    /// So many months from a first month of the year, each observed in its middle.
    pub fn monthly(first_month: u32, count: usize) -> Dates {
        Dates {
            years: (0..count).map(|month| (month as f64 + 0.5) / 12.0).collect(),
            months: (0..count).map(|month| (first_month - 1 + month as u32) % 12 + 1).collect(),
        }
    }
}

/// Under which probabilities prices move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Forwards are means: for values.
    RiskNeutral,
    /// As in the world: for risk.
    RealWorld,
}

/// Prices of one or several series at dates, ready to be simulated.
#[derive(Debug, Clone)]
pub struct PriceModel {
    series: usize,
    factor_series: Vec<usize>,
    factors: Vec<Factor>,
    dates: usize,
    /// Per date: decay and drift of each factor, and the root of the covariance of the innovations.
    steps: Vec<Step>,
    /// Per date and series: what is added to the factors' sum.
    shifts: Vec<Vec<f64>>,
    /// Per date and series, risk-neutral.
    forwards: Vec<Vec<f64>>,
    /// Per date: mean and variance of the factors, risk-neutral.
    means: Vec<Vec<f64>>,
    covariances: Vec<DMatrix<f64>>,
}

#[derive(Debug, Clone)]
struct Step {
    decay: Vec<f64>,
    drift: Vec<f64>,
    real_drift: Vec<f64>,
    root: DMatrix<f64>,
}

/// One path: prices by date and series, factors by date and factor.
#[derive(Debug, Clone, Default)]
pub struct PricePath {
    /// Price of series s at date t at `t * series + s`.
    pub prices: Vec<f64>,
    /// Factor k at date t at `t * factors + k`.
    pub factors: Vec<f64>,
    /// Standard normal numbers of the step to date t, likewise.
    pub normals: Vec<f64>,
}

impl PriceModel {
    /// Prepares series at dates.
    ///
    /// Errors: correlations that contradict each other or name what is not there; dates that do not ascend.
    pub fn new(series: &[Series], correlations: &[Correlation], dates: &Dates) -> Result<Self, PathError> {
        let mut factors = Vec::new();
        let mut factor_series = Vec::new();
        let mut first = Vec::new();
        for (position, one) in series.iter().enumerate() {
            first.push(factors.len());
            let own = one.process.factors();
            factor_series.extend(std::iter::repeat_n(position, own.len()));
            factors.extend(own);
        }
        let mut correlation = DMatrix::<f64>::identity(factors.len(), factors.len());
        for (position, one) in series.iter().enumerate() {
            if let Process::SchwartzSmith(oil) = one.process {
                let at = first[position];
                correlation[(at, at + 1)] = oil.correlation;
                correlation[(at + 1, at)] = oil.correlation;
            }
        }
        let index = |(series, factor): (usize, usize)| {
            let at = first.get(series).map(|start| start + factor);
            at.filter(|&at| factor_series.get(at) == Some(&series))
                .ok_or(PathError::NoSuchFactor { series, factor })
        };
        for given in correlations {
            let (a, b) = (index(given.between)?, index(given.and)?);
            correlation[(a, b)] = given.value;
            correlation[(b, a)] = given.value;
        }
        root_of(&correlation)?;

        let mut model = PriceModel {
            series: series.len(),
            factor_series,
            dates: dates.years.len(),
            steps: Vec::new(),
            shifts: Vec::new(),
            forwards: Vec::new(),
            means: Vec::new(),
            covariances: Vec::new(),
            factors,
        };
        model.prepare_steps(&correlation, dates)?;
        model.prepare_prices(series, dates)?;
        Ok(model)
    }

    fn prepare_steps(&mut self, correlation: &DMatrix<f64>, dates: &Dates) -> Result<(), PathError> {
        let count = self.factors.len();
        let mut mean: Vec<f64> = self.factors.iter().map(|factor| factor.start).collect();
        let mut covariance = DMatrix::<f64>::zeros(count, count);
        let mut before = 0.0;
        for (date, &years) in dates.years.iter().enumerate() {
            let length = years - before;
            if length < 0.0 || (length == 0.0 && date > 0) {
                return Err(PathError::Dates(date));
            }
            before = years;
            let innovation = DMatrix::from_fn(count, count, |a, b| {
                let (x, y) = (&self.factors[a], &self.factors[b]);
                let kappa = x.mean_reversion + y.mean_reversion;
                correlation[(a, b)] * x.volatility * y.volatility * growth(kappa, length)
            });
            let decay: Vec<f64> =
                self.factors.iter().map(|factor| libm::exp(-factor.mean_reversion * length)).collect();
            let grown = |factor: &Factor| growth(factor.mean_reversion, length);
            let drift: Vec<f64> = self.factors.iter().map(|factor| factor.drift * grown(factor)).collect();
            let real_drift = self.factors.iter().map(|factor| factor.real_drift * grown(factor)).collect();
            for k in 0..count {
                mean[k] = decay[k] * mean[k] + drift[k];
            }
            covariance = DMatrix::from_fn(count, count, |a, b| {
                decay[a] * decay[b] * covariance[(a, b)] + innovation[(a, b)]
            });
            self.means.push(mean.clone());
            self.covariances.push(covariance.clone());
            self.steps.push(Step { decay, drift, real_drift, root: root_of(&innovation)? });
        }
        Ok(())
    }

    fn prepare_prices(&mut self, series: &[Series], dates: &Dates) -> Result<(), PathError> {
        for one in series {
            if one.forward_curve.as_ref().is_some_and(|curve| curve.len() != dates.years.len()) {
                return Err(PathError::Curve(one.name.clone()));
            }
        }
        for date in 0..self.dates {
            let mut shifts = Vec::new();
            let mut forwards = Vec::new();
            for (position, one) in series.iter().enumerate() {
                let own: Vec<usize> = self.factors_of(position).collect();
                let mean: f64 = own.iter().map(|&k| self.means[date][k]).sum();
                let variance = self.variance(date, position);
                let season = one.process.season(dates.months[date]);
                let shift = match &one.forward_curve {
                    Some(curve) => libm::log(curve[date]) - mean - 0.5 * variance,
                    None => season,
                };
                shifts.push(shift);
                forwards.push(libm::exp(shift + mean + 0.5 * variance));
            }
            self.shifts.push(shifts);
            self.forwards.push(forwards);
        }
        Ok(())
    }

    fn factors_of(&self, series: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.factors.len()).filter(move |&k| self.factor_series[k] == series)
    }

    /// Number of dates.
    pub fn dates(&self) -> usize {
        self.dates
    }

    /// Number of series.
    pub fn series(&self) -> usize {
        self.series
    }

    /// Number of factors.
    pub fn factors(&self) -> usize {
        self.factors.len()
    }

    /// Forward price of a series for a date: the risk-neutral mean.
    pub fn forward(&self, date: usize, series: usize) -> f64 {
        self.forwards[date][series]
    }

    /// Variance of the logarithm of a series at a date.
    pub fn variance(&self, date: usize, series: usize) -> f64 {
        let own: Vec<usize> = self.factors_of(series).collect();
        own.iter().flat_map(|&a| own.iter().map(move |&b| self.covariances[date][(a, b)])).sum()
    }

    /// The path of a number.
    ///
    /// Paths 2k and 2k + 1 are mirror images (antithetic). The same number gives the same path whatever else is asked.
    pub fn path(&self, seed: u64, number: usize, measure: Measure) -> PricePath {
        let count = self.factors.len();
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(number as u64 / 2);
        let sign = if number.is_multiple_of(2) { 1.0 } else { -1.0 };
        let mut state: Vec<f64> = self.factors.iter().map(|factor| factor.start).collect();
        let mut normals = vec![0.0; count];
        let mut path = PricePath {
            prices: Vec::with_capacity(self.dates * self.series),
            factors: Vec::with_capacity(self.dates * count),
            normals: Vec::with_capacity(self.dates * count),
        };
        for (date, step) in self.steps.iter().enumerate() {
            // The stream is read in order, so that the position is (step · factors + factor); see `random_normal`.
            for normal in &mut normals {
                *normal = sign * normal_of(generator.next_u64());
            }
            let drift = match measure {
                Measure::RiskNeutral => &step.drift,
                Measure::RealWorld => &step.real_drift,
            };
            for k in 0..count {
                let innovation: f64 = (0..=k).map(|j| step.root[(k, j)] * normals[j]).sum();
                state[k] = step.decay[k] * state[k] + drift[k] + innovation;
            }
            for series in 0..self.series {
                let sum: f64 = self.factors_of(series).map(|k| state[k]).sum();
                path.prices.push(libm::exp(self.shifts[date][series] + sum));
            }
            path.factors.extend_from_slice(&state);
            path.normals.extend_from_slice(&normals);
        }
        path
    }

    /// The same model with all prices of a series multiplied.
    pub fn scaled(&self, series: usize, factor: f64) -> PriceModel {
        let mut model = self.clone();
        for date in 0..self.dates {
            model.shifts[date][series] += libm::log(factor);
            model.forwards[date][series] *= factor;
        }
        model
    }

    /// Prepares forwards as seen on paths: that for each date as seen at an earlier one, or at the date itself.
    ///
    /// Errors: another number of dates than the model has; a date seen from a later one.
    pub fn forward_view(&self, seen_from: &[usize]) -> Result<ForwardView, PathError> {
        if seen_from.len() != self.dates {
            return Err(PathError::Dates(seen_from.len()));
        }
        let count = self.factors.len();
        let mut view = ForwardView { series: self.series, factors: count, dates: Vec::new() };
        for (date, &from) in seen_from.iter().enumerate() {
            if from > date {
                return Err(PathError::Dates(date));
            }
            let mut decay = vec![1.0; count];
            let mut drift = vec![0.0; count];
            let mut covariance = DMatrix::<f64>::zeros(count, count);
            for step in &self.steps[from + 1..=date] {
                let innovation = &step.root * step.root.transpose();
                covariance = DMatrix::from_fn(count, count, |a, b| {
                    step.decay[a] * step.decay[b] * covariance[(a, b)] + innovation[(a, b)]
                });
                for k in 0..count {
                    decay[k] *= step.decay[k];
                    drift[k] = step.decay[k] * drift[k] + step.drift[k];
                }
            }
            let of_series = |series: usize| {
                let own: Vec<usize> = self.factors_of(series).collect();
                let variance: f64 =
                    own.iter().flat_map(|&a| own.iter().map(move |&b| (a, b))).map(|at| covariance[at]).sum();
                let mean: f64 = own.iter().map(|&k| drift[k]).sum();
                let decays = own.iter().map(|&k| (k, decay[k])).collect();
                (self.shifts[date][series] + mean + 0.5 * variance, decays)
            };
            view.dates.push(SeenDate { from, series: (0..self.series).map(of_series).collect() });
        }
        Ok(view)
    }

    /// The forwards as if they were a path.
    pub fn forward_path(&self) -> PricePath {
        PricePath { prices: self.forwards.concat(), factors: self.means.concat(), normals: Vec::new() }
    }

    /// Mean, decay, drift and innovation of the only factor at each date, and what is added to make the log price.
    pub(crate) fn single_factor(&self) -> Option<Vec<SingleStep>> {
        let single = self.factors.len() == 1 && self.series == 1;
        single.then(|| {
            (0..self.dates)
                .map(|date| SingleStep {
                    decay: self.steps[date].decay[0],
                    drift: self.steps[date].drift[0],
                    deviation: self.steps[date].root[(0, 0)],
                    mean: self.means[date][0],
                    total_deviation: self.covariances[date][(0, 0)].sqrt(),
                    shift: self.shifts[date][0],
                })
                .collect()
        })
    }

    /// Start of the only factor.
    pub(crate) fn single_start(&self) -> f64 {
        self.factors[0].start
    }
}

/// How forwards follow from the factors of a path.
#[derive(Debug, Clone)]
pub struct ForwardView {
    series: usize,
    factors: usize,
    dates: Vec<SeenDate>,
}

/// One date: from where it is seen, and of each series a constant and the weight of each of its factors.
#[derive(Debug, Clone)]
struct SeenDate {
    from: usize,
    series: Vec<(f64, Vec<(usize, f64)>)>,
}

impl ForwardView {
    /// Risk-neutral forwards of a path by date and series, each as seen from its date of the view.
    pub fn prices(&self, path: &PricePath) -> Vec<f64> {
        let mut prices = Vec::with_capacity(self.dates.len() * self.series);
        for (date, at) in self.dates.iter().enumerate() {
            if at.from == date {
                prices.extend_from_slice(&path.prices[date * self.series..(date + 1) * self.series]);
                continue;
            }
            let seen = &path.factors[at.from * self.factors..(at.from + 1) * self.factors];
            prices.extend(at.series.iter().map(|(constant, decays)| {
                libm::exp(constant + decays.iter().map(|&(k, decay)| decay * seen[k]).sum::<f64>())
            }));
        }
        prices
    }
}

/// One date of a process with one factor.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SingleStep {
    pub decay: f64,
    pub drift: f64,
    pub deviation: f64,
    pub mean: f64,
    pub total_deviation: f64,
    pub shift: f64,
}

/// A mean with its standard error.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Estimate {
    /// Mean.
    pub value: f64,
    /// Standard error, from pairs of mirror images.
    pub standard_error: f64,
}

/// Mean of values whose neighbours 2k and 2k + 1 are mirror images.
pub fn estimate(values: &[f64]) -> Estimate {
    let pairs: Vec<f64> = values.chunks(2).map(|pair| pair.iter().sum::<f64>() / pair.len() as f64).collect();
    let count = pairs.len() as f64;
    let mean = pairs.iter().sum::<f64>() / count;
    let square: f64 = pairs.iter().map(|pair| (pair - mean) * (pair - mean)).sum();
    Estimate { value: mean, standard_error: (square / (count * (count - 1.0).max(1.0))).sqrt() }
}

/// Value of an option on the arithmetic average of a series over all dates, from paths.
///
/// The same option on the geometric average, whose value is known, is the control: it leaves about a thousandth of the
/// variance. The model must be that of a single geometric Brownian price, and `fixings` its dates.
pub fn average_price_option(model: &PriceModel, option: &AverageOption, seed: u64, paths: usize) -> Estimate {
    let known = geometric_average_option(
        option.right,
        &option.fixings,
        option.strike,
        option.volatility,
        option.discount,
    );
    let payoff = |average: f64| match option.right {
        Right::Call => option.discount * (average - option.strike).max(0.0),
        Right::Put => option.discount * (option.strike - average).max(0.0),
    };
    let pairs = in_order(paths.next_multiple_of(2), |number| {
        let prices = model.path(seed, number, Measure::RiskNeutral).prices;
        let count = prices.len() as f64;
        let arithmetic = prices.iter().sum::<f64>() / count;
        let geometric = libm::exp(prices.iter().map(|price| libm::log(*price)).sum::<f64>() / count);
        payoff(arithmetic) - payoff(geometric) + known
    });
    estimate(&pairs)
}

/// An option on an average.
#[derive(Debug, Clone, PartialEq)]
pub struct AverageOption {
    /// To buy or to sell.
    pub right: Right,
    /// Dates of the average.
    pub fixings: Vec<Fixing>,
    /// Strike.
    pub strike: f64,
    /// Volatility.
    pub volatility: f64,
    /// Factor from payment to valuation.
    pub discount: f64,
}

/// The standard normal number of (seed, path pair, step, factor) in a model with so many factors.
///
/// What [`PriceModel::path`] uses, found directly at its position.
pub fn random_normal(seed: u64, pair: u64, step: usize, factor: usize, factors: usize) -> f64 {
    let mut generator = ChaCha8Rng::seed_from_u64(seed);
    generator.set_stream(pair);
    generator.set_word_pos(2 * (step * factors + factor) as u128);
    normal_of(generator.next_u64())
}

fn normal_of(bits: u64) -> f64 {
    // The middle of one of 2⁵³ equal intervals: never 0 or 1.
    normal_quantile(((bits >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0))
}

/// Lower triangle L with L·Lᵀ the matrix; a direction without variance gets a zero column.
fn root_of(matrix: &DMatrix<f64>) -> Result<DMatrix<f64>, PathError> {
    let count = matrix.nrows();
    // nalgebra's factorisation needs a positive definite matrix; correlations of ±1 and dates at valuation are not.
    if let Some(factorised) = matrix.clone().cholesky() {
        return Ok(factorised.unpack());
    }
    let mut root = DMatrix::<f64>::zeros(count, count);
    for a in 0..count {
        for b in 0..=a {
            let rest: f64 = matrix[(a, b)] - (0..b).map(|k| root[(a, k)] * root[(b, k)]).sum::<f64>();
            let small = 1e-12 * (matrix[(a, a)] * matrix[(b, b)]).sqrt();
            if a == b {
                if rest < -small {
                    return Err(PathError::Correlations);
                }
                root[(a, a)] = rest.max(0.0).sqrt();
            } else if root[(b, b)] > small.sqrt() {
                root[(a, b)] = rest / root[(b, b)];
            } else if rest.abs() > 1e-9 * (matrix[(a, a)] * matrix[(b, b)]).sqrt() {
                return Err(PathError::Correlations);
            }
        }
    }
    Ok(root)
}
