"""Swing, storage and puts: netback beside QuantLib, accuracy for CPU time, one thread each.

    python -m venv bench/.venv && bench/.venv/bin/pip install QuantLib
    cargo build --release --manifest-path bench/Cargo.toml --bin contract_value
    bench/.venv/bin/python bench/quantlib_peer.py bench/target/release/contract_value

Both programs are asked the same questions on grids from coarse to fine; the seconds are CPU time of building the grid and
solving it, the best of several runs. Errors are against exact or converged values, which are named.
"""

import math
import os
import subprocess
import sys
import time

import QuantLib as ql

# Exact: 31 Black calls. Converged: QuantLib on (800, 1600), see swing_reference below.
EXACT_STRIP = 47.21054407
# Where both programs go as their grids get finer, to 0.0005: QuantLib with 8 steps a date on 101 and 201 prices,
# extrapolated, 69.7600 and 64.1874; netback with 4 nodes a step 69.7595 and 64.1873.
STORAGE = {"sold": 69.7598, "lost": 64.1874}
# Finite differences on (4000, 4000) for 50 exercise dates a year; cases/published/longstaff-schwartz.
PUT = 4.4778


def best_of(run, repeats):
    """Value and least CPU seconds."""
    seconds = math.inf
    for _ in range(repeats):
        begun = time.process_time()
        value = run()
        seconds = min(seconds, time.process_time() - begun)
    return value, seconds


def swing(least, most, time_grid, price_grid):
    today = ql.Date(30, 9, 2018)
    ql.Settings.instance().evaluationDate = today
    count = ql.Actual365Fixed()
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(30.0)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, 0.0, count)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, 0.05, count)),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.TARGET(), 0.2, count)),
    )
    exercise = ql.SwingExercise([ql.Date(day, 1, 2019) for day in range(1, 32)])
    option = ql.VanillaSwingOption(ql.PlainVanillaPayoff(ql.Option.Call, 30.0), exercise, least, most)
    option.setPricingEngine(ql.FdSimpleBSSwingEngine(process, time_grid, price_grid))
    return option.NPV()


def storage(rule, steps_per_date, price_grid):
    """The store of QuantLib's test suite from its finite-difference parts: the engine has no Python binding."""
    today = ql.Date(18, 12, 2011)
    ql.Settings.instance().evaluationDate = today
    count = ql.ActualActual(ql.ActualActual.ISDA)
    times = [count.yearFraction(today, today + day) for day in range(1, 367)]
    process = ql.OrnsteinUhlenbeckProcess(1.0, 0.5, 3.0, 3.0)
    rates = ql.FlatForward(today, 0.10, count)
    prices = ql.FdmSimpleProcess1dMesher(price_grid, process, times[-1])
    mesher = ql.FdmMesherComposite(prices, ql.Uniform1dMesher(0.0, 50.0, 51))
    spot = ql.FdmLogInnerValue(ql.PlainVanillaPayoff(ql.Option.Call, 0.0), mesher, 0)
    boundaries = ql.FdmBoundaryConditionSet()
    operator = ql.FdmOrnsteinUhlenbeckOp(mesher, process, rates, 0)
    condition = ql.FdmStepConditionComposite(
        times, [ql.FdmSimpleStorageCondition(ql.DoubleVector(times), mesher, spot, 1.0)]
    )
    values = ql.Array(mesher.layout().size(), 0.0)
    if rule == "sold":
        logs, levels = mesher.locations(0), mesher.locations(1)
        for k in range(len(values)):
            values[k] = math.exp(logs[k]) * levels[k]
    solver = ql.FdmBackwardSolver(operator, boundaries, condition, ql.FdmSchemeDesc.Douglas())
    solver.rollback(values, times[-1], 0.0, steps_per_date * len(times), 0)
    grid = list(prices.locations())
    at_start = ql.MonotonicCubicNaturalSpline(grid, [values[k] for k in range(len(grid))])
    return at_start(3.0)


def put_process():
    today = ql.Date(2, 1, 2012)
    ql.Settings.instance().evaluationDate = today
    count = ql.Actual365Fixed()
    process = ql.BlackScholesMertonProcess(
        ql.QuoteHandle(ql.SimpleQuote(36.0)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, 0.0, count)),
        ql.YieldTermStructureHandle(ql.FlatForward(today, 0.06, count)),
        ql.BlackVolTermStructureHandle(ql.BlackConstantVol(today, ql.TARGET(), 0.2, count)),
    )
    return today, process


def put_by_paths(paths):
    today, process = put_process()
    option = ql.VanillaOption(
        ql.PlainVanillaPayoff(ql.Option.Put, 40.0), ql.AmericanExercise(today, today + 365)
    )
    engine = ql.MCPRAmericanEngine(
        process, timeSteps=50, antitheticVariate=True, controlVariate=True, requiredSamples=paths // 2,
        seed=42, polynomOrder=4, nCalibrationSamples=paths // 2,
    )
    option.setPricingEngine(engine)
    return option.NPV(), option.errorEstimate()


def main(program):
    print("problem,program,setting,value,error,standard_error,cpu_s")

    def row(problem, setting, value, error, seconds, standard_error=""):
        print(f"{problem},QuantLib {ql.__version__},{setting},{value:.5f},{error:+.5f},{standard_error},{seconds:.4f}")

    reference, _ = best_of(lambda: swing(0, 10, 800, 1600), 1)
    print(f"# swing 0-10 converged: QuantLib (800, 1600) {reference:.6f}")
    for least, most, truth in [(0, 31, EXACT_STRIP), (0, 10, reference)]:
        for grid in [(50, 100), (50, 200), (100, 400), (200, 800)]:
            value, seconds = best_of(lambda: swing(least, most, *grid), 5)
            row(f"swing {least}-{most}", f"{grid[0]} x {grid[1]}", value, value - truth, seconds)
    for rule in ["sold", "lost"]:
        for steps, grid in [(1, 25), (1, 51), (1, 101), (2, 101), (4, 201)]:
            value, seconds = best_of(lambda: storage(rule, steps, grid), 2)
            row(f"storage {rule}", f"{steps} steps a date x {grid}", value, value - STORAGE[rule], seconds)
    for paths in [4096, 16384, 65536]:
        (value, error), seconds = best_of(lambda: put_by_paths(paths), 2)
        row("put by paths", f"{paths} paths", value, value - PUT, seconds, f"{error:.5f}")
    sys.stdout.flush()
    truths = [str(EXACT_STRIP), str(reference), str(STORAGE["sold"]), str(STORAGE["lost"]), str(PUT)]
    subprocess.run([program, *truths], env={**os.environ, "RAYON_NUM_THREADS": "1"}, check=True)


if __name__ == "__main__":
    main(sys.argv[1])
