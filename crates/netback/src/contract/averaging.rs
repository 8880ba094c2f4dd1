//! Averaging of an index over months before a block of deliveries: the X-Y-Z of price formulas.

use std::fmt;

use crate::calendar::Month;

/// Which months of an index a delivery is priced on; printed as the triple X-Y-Z, such as `9-0-3`.
///
/// A block of `block_months` deliveries has one price. Its window holds `average_months` months and ends
/// `lag_months` whole months before the first month of the block; a lag of −1 lets it end in that first month.
///
/// Source: docs/price-formulas.md; checked against cases/published/averaging-windows.
///
/// ```
/// use netback::contract::Averaging;
/// let averaging = Averaging { average_months: 9, lag_months: 0, block_months: 3, block_anchor_month: 1 };
/// let window = averaging.window("2009-05".parse()?);
/// assert_eq!((window.from.to_string(), window.to.to_string()), ("2008-07".into(), "2009-03".into()));
/// assert_eq!(averaging.to_string(), "9-0-3");
/// # Ok::<(), netback::calendar::NotAMonth>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Averaging {
    /// X: months averaged, at least one.
    pub average_months: u32,
    /// Y: whole months between the window and the block.
    pub lag_months: i32,
    /// Z: months of a block, a divisor of 12.
    pub block_months: u32,
    /// A month of the year, 1 to 12, in which a block starts.
    pub block_anchor_month: u32,
}

/// Months from a first to a last, both counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// First month.
    pub from: Month,
    /// Last month.
    pub to: Month,
}

impl Window {
    /// Every month, in order.
    pub fn months(self) -> impl Iterator<Item = Month> {
        (0..=self.to.months_since(self.from)).map(move |later| self.from.plus(later))
    }

    /// How many months.
    pub fn length(self) -> i32 {
        self.to.months_since(self.from) + 1
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.from == self.to {
            true => write!(f, "{}", self.from),
            false => write!(f, "{}…{}", self.from, self.to),
        }
    }
}

impl Averaging {
    /// The delivery month itself, every month anew.
    pub const DELIVERY_MONTH: Averaging =
        Averaging { average_months: 1, lag_months: -1, block_months: 1, block_anchor_month: 1 };

    /// The month before the delivery month, every month anew.
    pub const MONTH_BEFORE: Averaging = Averaging { lag_months: 0, ..Averaging::DELIVERY_MONTH };

    /// First month of the block in which a delivery falls.
    pub fn block_start(self, delivery: Month) -> Month {
        let since = delivery.month() as i32 - self.block_anchor_month as i32;
        delivery.plus(-since.rem_euclid(self.block_months as i32))
    }

    /// Months whose average prices a delivery.
    pub fn window(self, delivery: Month) -> Window {
        let start = self.block_start(delivery);
        let to = start.plus(-self.lag_months - 1);
        Window { from: to.plus(1 - self.average_months as i32), to }
    }

    /// In words, such as "is averaged over the 9 months that end right before each block of 3 months counted from January".
    pub fn words(self) -> String {
        let months = |count: u32| if count == 1 { "1 month".to_string() } else { format!("{count} months") };
        if self == Averaging::DELIVERY_MONTH {
            return "is that of the delivery month itself".into();
        }
        let end = match self.lag_months {
            0 => "right before".to_string(),
            -1 => "in the first month of".to_string(),
            lag => format!("{} before", months(lag.unsigned_abs())),
        };
        let block = match self.block_months {
            1 => "each delivery month".to_string(),
            block => format!(
                "each block of {} counted from {}",
                months(block),
                MONTH_NAMES[(self.block_anchor_month - 1) as usize]
            ),
        };
        match self.average_months {
            1 => format!("is that of the month that ends {end} {block}"),
            average => format!("is averaged over the {} that end {end} {block}", months(average)),
        }
    }
}

const MONTH_NAMES: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl fmt::Display for Averaging {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Averaging { average_months: x, lag_months: y, block_months: z, .. } = self;
        match *y < 0 {
            true => write!(f, "{x}-({y})-{z}"),
            false => write!(f, "{x}-{y}-{z}"),
        }
    }
}
