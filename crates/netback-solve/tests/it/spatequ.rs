//! Takayama & Judge 1964, two commodities in three regions, as coded in the GAMS library (SPATEQU, SEQ 354).
//!
//! The library multiplies every coefficient of a commodity by its own price, so that the slope of demand and
//! supply is the sum of the row: that is a separable programme and is solved here. The true system has cross
//! prices between the commodities: its Hessian is not diagonal, and a [`Program`] holds only separable
//! objectives, so it does not fit. Pindyck 1978 (a cartel of an exhaustible resource) does not fit either:
//! its profit d·(p − 250/r) is not convex, and no certificate of a global optimum exists for it.

use netback_solve::{Column, Program, Row, Settings, solve};

const DEMAND: [[f64; 2]; 3] = [[200.0, 300.0], [100.0, 200.0], [160.0, 250.0]];
const DEMAND_SLOPE: [[f64; 2]; 3] = [[9.0, 9.0], [4.0, 19.0], [7.0, 9.0]];
const SUPPLY: [f64; 2] = [-50.0, -60.0];
const SUPPLY_SLOPE: [[f64; 2]; 3] = [[10.5, 15.5], [20.5, 25.5], [10.5, 15.5]];
const FREIGHT: [[f64; 2]; 3] = [[2.0, 3.0], [2.0, 3.0], [1.0, 2.0]];
const PRICES: [[f64; 2]; 3] = [[11.0, 11.636363636363], [9.0, 8.636363636363], [10.0, 10.636363636363]];

#[test]
fn spatequ_as_coded_in_gams() {
    let mut program = Program::new();
    let mut balances = Vec::new();
    for region in 0..3 {
        for good in 0..2 {
            // p = (a − d) / m and p = (s − b) / n
            let (a, m) = (DEMAND[region][good], DEMAND_SLOPE[region][good]);
            let (b, n) = (SUPPLY[good], SUPPLY_SLOPE[region][good]);
            let demand = program.column(Column::new("demand").cost(-a / m).quadratic(1.0 / m));
            let supply = program.column(Column::new("supply").cost(-b / n).quadratic(1.0 / n));
            let row = Row::new(format!("balance {region} {good}")).equal_to(0.0);
            balances.push(program.row(row.entry(supply, 1.0).entry(demand, -1.0)));
        }
    }
    for (pair, (from, to)) in [(0, 1), (0, 2), (1, 2)].into_iter().enumerate() {
        for good in 0..2 {
            for (start, end) in [(from, to), (to, from)] {
                let flow = program.column(Column::new("flow").cost(FREIGHT[pair][good]));
                program.add_entry(balances[2 * start + good], flow, -1.0);
                program.add_entry(balances[2 * end + good], flow, 1.0);
            }
        }
    }
    let held = solve(&program, &Settings::default()).held.expect("certified");
    for region in 0..3 {
        for good in 0..2 {
            let price = held.value().row_duals[balances[2 * region + good].index()];
            let wanted = PRICES[region][good];
            assert!((price - wanted).abs() < 1e-8, "region {region} good {good}: {price}, {wanted}");
        }
    }
}
