// Where names stand: the important first, none over another.

export interface Wanted { text: string; x: number; y: number; radius: number; weight: number; size: number; strait: boolean }
export interface Placed extends Wanted { left: number; top: number; anchor: "start" | "middle" | "end"; leader?: [number, number, number, number] }

interface Box { left: number; right: number; top: number; bottom: number }

const overlaps = (a: Box, b: Box) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

/** So many names, the most important ones, may stand away from what they name. */
const LEADERS = 45;
const AROUND: [number, number][] = [...Array(12).keys()].map((at) => [Math.cos((at * Math.PI) / 6), Math.sin((at * Math.PI) / 6)]);

/** The labels that fit, with what stands in their way kept free. */
export function place(wanted: Wanted[], obstacles: Box[], width: number, height: number): Placed[] {
  const taken = [...obstacles];
  const placed: Placed[] = [];
  for (const [at, label] of [...wanted].sort((a, b) => b.weight - a.weight).entries()) {
    const long = label.text.length * label.size * 0.56;
    const high = label.size * 1.05;
    const gap = label.radius + 3;
    const spots: [number, number, "start" | "middle" | "end"][] = [
      [label.x + gap, label.y + high * 0.32, "start"],
      [label.x - gap, label.y + high * 0.32, "end"],
      [label.x, label.y - gap, "middle"],
      [label.x, label.y + gap + high * 0.75, "middle"],
      [label.x + gap * 0.8, label.y - gap * 0.8, "start"],
      [label.x + gap * 0.8, label.y + gap * 0.8 + high * 0.6, "start"],
      [label.x - gap * 0.8, label.y - gap * 0.8, "end"],
      [label.x - gap * 0.8, label.y + gap * 0.8 + high * 0.6, "end"],
    ];
    const near = spots.length;
    // farther away, with a line to what is named
    for (const distance of at < LEADERS ? [gap + 12, gap + 24] : []) {
      for (const [dx, dy] of AROUND) {
        spots.push([label.x + dx * distance, label.y + dy * distance + high * 0.32, dx > 0.3 ? "start" : dx < -0.3 ? "end" : "middle"]);
      }
    }
    for (const [number, [left, top, anchor]] of spots.entries()) {
      const start = anchor === "start" ? left : anchor === "end" ? left - long : left - long / 2;
      const box = { left: start - 1, right: start + long + 1, top: top - high * 0.8, bottom: top + high * 0.25 };
      const inside = box.left > 2 && box.right < width - 2 && box.top > 2 && box.bottom < height - 2;
      if (inside && !taken.some((other) => overlaps(box, other))) {
        taken.push(box);
        const [dx, dy] = [left - label.x, top - high * 0.32 - label.y];
        const far = Math.hypot(dx, dy) || 1;
        const leader: Placed["leader"] =
          number < near ? undefined : [label.x + (dx / far) * label.radius, label.y + (dy / far) * label.radius, left, top - high * 0.32];
        placed.push({ ...label, left, top, anchor, leader });
        break;
      }
    }
  }
  return placed;
}
