"""The perfect-competition version of a case as one commodity, for netback and for PyPSA, in one run.

usage: python bench/one_commodity.py cases/world-2011 YEARS

Every field belongs to one price taker; no taxes, contracts, transit rights, wedges: what a planning tool can
hold too. Writes the case for netback to a temporary folder, solves it with the netback program, solves the
same network with PyPSA and HiGHS, and prints welfare, seconds and peak memory of both, each in a process of
its own. Needs pypsa and highspy.
"""

import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def rows(folder, name):
    path = Path(folder) / f"{name}.csv"
    return list(csv.DictReader(path.open())) if path.exists() else []


def write(folder, name, table):
    with (Path(folder) / f"{name}.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, table[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def one_trader(source, target, years):
    """The case with a single price taker."""
    for name in ["nodes", "actors", "fields", "demand", "profiles", "pipelines", "liquefaction",
                 "regasification", "sea_routes", "chokepoints", "storage"]:
        table = rows(source, name)
        for row in table:
            if name == "fields":
                row["trader"] = "all"
                # PyPSA sums over the whole horizon, so that annual limits only compare for one year
                if years > 1:
                    row["annual_capacity_bcm_per_year"] = ""
            if name == "liquefaction":
                row["owners"] = "WORLD"
                row["annual_capacity_bcm_per_year"] = ""
            row.pop("source", None)
            row.pop("note", None)
        if name == "actors":
            table.append({**{key: "" for key in table[0]}, "actor": "WORLD", "name": "World"})
        write(target, name, table)
    write(target, "traders", [{"trader": "all", "name": "all", "actor": "WORLD", "theta": "0"}])
    shipping = (Path(source) / "shipping.toml").read_text().splitlines()
    kept = [line for line in shipping if not line.startswith("fleet_ships")]
    (Path(target) / "shipping.toml").write_text("\n".join(kept) + "\n")
    text = (Path(source) / "case.toml").read_text()
    before, after = text.split("[[year]]")
    seasons = after[after.index("[[season]]"):after.index("[settings]")]
    listed = "".join(f"[[year]]\nyear = {2011 + year}\n\n" for year in range(years))
    (Path(target) / "case.toml").write_text(before + listed + seasons + "[settings]\ndiscount_rate = 0.0\n")


def with_memory(command):
    """Seconds, peak memory in MB and output of a command."""
    start = time.time()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.time() - start
    if done.returncode != 0:
        raise SystemExit(done.stderr[-3000:])
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return seconds, peak, done.stdout


def pypsa_solve(folder, routes_file, years):
    """The same network in PyPSA: elastic demand as the shed part of the largest demand."""
    import logging

    import pandas
    import pypsa

    logging.disable(logging.WARNING)
    start = time.time()
    shares = {"summer": 183 / 365, "winter": 182 / 365}
    snapshots = [(2011 + year, season) for year in range(years) for season in shares]
    network = pypsa.Network()
    parts = {"Generator": {}, "Link": {}, "Bus": {}, "Store": {}, "Load": {}}

    def add(kind, name, **values):
        parts[kind][name] = values

    network.set_snapshots([f"{year} {season}" for year, season in snapshots])
    network.snapshot_weightings = network.snapshot_weightings.astype(float)
    for index, (_, season) in enumerate(snapshots):
        network.snapshot_weightings.iloc[index] = shares[season]
    constant = 0.0
    names = [node["node"] for node in rows(folder, "nodes")]
    for name in names:
        add("Bus", name)
    service = lambda row: row.get("status", "existing") in ("", "existing") and \
        float(row.get("first_year") or 0) <= 2011 <= float(row.get("last_year") or 9999)
    profiles = {}
    for row in rows(folder, "profiles"):
        profiles.setdefault(row["profile"], {})[row["season"]] = float(row["share"])
    for row in rows(folder, "demand"):
        quantity, price = float(row["quantity_bcm_per_year"]), float(row["price_usd_per_tcm"])
        steep = max(price, float(row.get("price_floor_usd_per_tcm") or 0))
        most, curve = [], []
        for _, season in snapshots:
            rate = quantity * (profiles[row["profile"]][season] / shares[season] if row["profile"] else 1)
            slope = steep / (-float(row["elasticity"]) * rate)
            intercept = price + slope * rate
            most.append(intercept / slope)
            curve.append(slope / 2)
            constant += shares[season] * intercept ** 2 / slope / 2
        add("Load", f"demand {row['node']}", bus=row["node"], p_set=most)
        add("Generator", f"shed {row['node']}", bus=row["node"], p_nom=max(most),
                    marginal_cost_quadratic=curve)
    for row in rows(folder, "fields"):
        if service(row) and float(row["capacity_bcm_per_year"]) > 0:
            annual = row.get("annual_capacity_bcm_per_year")
            add("Generator", row["field"], bus=row["node"], p_nom=float(row["capacity_bcm_per_year"]),
                        marginal_cost=float(row["marginal_cost_usd_per_tcm"]),
                        marginal_cost_quadratic=float(row["cost_slope_usd_per_tcm_per_bcm_per_year"] or 0) / 2)
            if annual and years == 1:
                parts["Generator"][row["field"]]["e_sum_max"] = float(annual)
    for row in rows(folder, "pipelines"):
        if service(row) and float(row["capacity_bcm_per_year"]) > 0:
            add("Link", row["pipeline"], bus0=row["from"], bus1=row["to"],
                        p_nom=float(row["capacity_bcm_per_year"]), marginal_cost=float(row["tariff_usd_per_tcm"]),
                        efficiency=1 - float(row["loss_fraction"] or 0))
    for kind in ("liquefaction", "regasification"):
        for row in rows(folder, kind):
            if service(row):
                sea = f"{row['node']} {'out' if kind == 'liquefaction' else 'in'}"
                add("Bus", sea)
                ends = (row["node"], sea) if kind == "liquefaction" else (sea, row["node"])
                add("Link", row["terminal"], bus0=ends[0], bus1=ends[1],
                            p_nom=float(row["capacity_bcm_per_year"]),
                            marginal_cost=float(row["cost_usd_per_tcm"]))
    for name, start_node, end_node, tariff in json.loads(Path(routes_file).read_text()):
        if f"{start_node} out" not in parts["Bus"] or f"{end_node} in" not in parts["Bus"]:
            continue
        add("Link", name, bus0=f"{start_node} out", bus1=f"{end_node} in", p_nom=1e4, marginal_cost=tariff)
    for row in rows(folder, "storage"):
        store = f"store {row['storage']}"
        add("Bus", store)
        add("Link", f"in {row['storage']}", bus0=row["node"], bus1=store,
                    p_nom=float(row["injection_bcm_per_year"]), marginal_cost=float(row["cost_usd_per_tcm"] or 0),
                    efficiency=1 - float(row["loss_fraction"] or 0))
        add("Link", f"out {row['storage']}", bus0=store, bus1=row["node"],
                    p_nom=float(row["withdrawal_bcm_per_year"]))
        # storage closes over the whole horizon here; with like years that is the same optimum
        add("Store", store, bus=store, e_nom=float(row["working_volume_bcm"]), e_cyclic=True)
    # all parts of a kind at once: adding them one by one takes six times as long
    defaults = {"e_sum_max": float("inf"), "marginal_cost": 0.0, "marginal_cost_quadratic": 0.0, "efficiency": 1.0}
    for kind in ("Bus", "Load", "Generator", "Link", "Store"):
        names = list(parts[kind])
        columns = {}
        for key in sorted({key for values in parts[kind].values() for key in values}):
            values = [parts[kind][name].get(key, defaults.get(key)) for name in names]
            if any(isinstance(value, list) for value in values):
                values = pandas.DataFrame({name: value if isinstance(value, list) else [value] * len(snapshots)
                                           for name, value in zip(names, values)}, index=network.snapshots)
            columns[key] = values
        network.add(kind, names, **columns)
    built = time.time() - start
    start = time.time()
    network.optimize(solver_name="highs", log_to_console=False)
    print(json.dumps({"welfare": constant - network.objective, "build": built, "optimize": time.time() - start,
                      "solver": network.model.solver_model.getRunTime() if network.model.solver_model else None}))


def main():
    if sys.argv[1] == "--pypsa":
        return pypsa_solve(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    source, years = sys.argv[1], int(sys.argv[2])
    program = Path(__file__).resolve().parent.parent / "target/release/netback"
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as out:
        one_trader(source, folder, years)
        run = Path(out) / "run"
        seconds, memory, _ = with_memory([program, "solve", folder, "--out", run, "--table", "totals"])
        totals = {row["item"]: float(row["value"]) for row in rows(run, "totals")}
        times = json.loads((run / "run.json").read_text())["times_s"]
        print(f"netback: welfare {totals['objective_million_usd']:.4f}, {seconds:.2f} s end to end "
              f"({times}), {memory:.0f} MB")
        # freight as netback computes it, so that both have the same numbers
        listed = json.loads(subprocess.run([program, "freight", folder, "--format", "json"], capture_output=True,
                                           text=True, check=True).stdout)["freight"]
        closed = {row["chokepoint"] for row in rows(folder, "chokepoints") if row["capacity_bcm_per_year"] == "0"}
        passed = [set(row["chokepoints"].split(";")) for row in rows(folder, "sea_routes")]
        routes = [[f"{r['from']} {r['to']} {r['route']}", r["from"], r["to"], r["tariff_usd_per_tcm"]]
                  for r, points in zip(listed, passed) if not points & closed]
        routes_file = Path(out) / "routes.json"
        routes_file.write_text(json.dumps(routes))
        seconds, memory, text = with_memory([sys.executable, __file__, "--pypsa", folder, routes_file, str(years)])
        result = json.loads(text.strip().splitlines()[-1])
        print(f"PyPSA: welfare {result['welfare']:.4f}, {seconds:.2f} s end to end (build {result['build']:.2f}, "
              f"optimize {result['optimize']:.2f}, HiGHS alone {result['solver']}), {memory:.0f} MB")


if __name__ == "__main__":
    main()
