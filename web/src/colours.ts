// Palettes whose lightness alone tells the order, so that they survive colour blindness and grey print.

type Triple = [number, number, number];

function ramp(stops: string[]): (share: number) => string {
  const parsed = stops.map(
    (stop): Triple => [1, 3, 5].map((at) => Number.parseInt(stop.slice(at, at + 2), 16)) as Triple,
  );
  return (share) => {
    const at = Math.max(0, Math.min(1, share)) * (parsed.length - 1);
    const low = Math.min(parsed.length - 2, Math.floor(at));
    const mixed = parsed[low]!.map((value, channel) =>
      Math.round(value + (at - low) * (parsed[low + 1]![channel]! - value)),
    );
    return `rgb(${mixed.join(",")})`;
  };
}

export interface Palette {
  /** Use of capacity, from 0 to 1 (cividis, cut at its ends). */
  use: (share: number) => string;
  /** Price, from 0 to 1. */
  price: (share: number) => string;
  /** Change, from -1 (lower, blue) to 1 (higher, orange). */
  difference: (share: number) => string;
  lng: string;
}

const light: Palette = {
  use: ramp(["#d5c164", "#a59c74", "#7a7b78", "#4f5a6d", "#20395f", "#00204c"]),
  price: ramp(["#fff3dc", "#f7cf9b", "#e09a5b", "#b9602c", "#7f2f10", "#4a1203"]),
  difference: (share) => ramp(["#08519c", "#3f86c4", "#b9c6d3", "#c9c3bd", "#e08214", "#a64b00"])((share + 1) / 2),
  lng: "#1b7f8c",
};

const dark: Palette = {
  use: ramp(["#3d4a63", "#5b6475", "#83837d", "#b0a56f", "#d9c75f", "#fdea45"]),
  price: ramp(["#5a2510", "#8a3d18", "#bb6530", "#e09a5b", "#f7cf9b", "#fff3dc"]),
  difference: (share) => ramp(["#9ecbff", "#4f9be8", "#47525f", "#55504a", "#f0932b", "#ffc98a"])((share + 1) / 2),
  lng: "#4fc3cf",
};

export function palette(isDark: boolean): Palette {
  return isDark ? dark : light;
}
