import { towardsZero, WAD } from "./arithmetic.js";

/*
 * e^x and ln x with 18 decimals. The specification asks for the functions and not for their last digit; both implementations use
 * the rational approximations of Remco Bloemen (https://2π.com/22/exp-ln, MIT licence), which the chain has from solady, because
 * bucket edges and averages enter amounts that are compared to the wei. Against a series of 40 terms they are good to 1e-17.
 */

const LN_2 = 54916777467707473351141471128n;

/** e^x, WAD. Zero below 0.5e-18. */
export function exp(power: bigint): bigint {
  if (power <= -41446531673892822313n) return 0n;
  if (power >= 135305999368893231589n) throw new RangeError("e^x is beyond 256 bits");
  let x = (power << 78n) / 5n ** 18n;
  const k = ((x << 96n) / LN_2 + (1n << 95n)) >> 96n;
  x -= k * LN_2;
  const step = (sum: bigint, times: bigint, constant: bigint): bigint => ((sum * times) >> 96n) + constant;
  const y = step(x + 1346386616545796478920950773328n, x, 57155421227552351082224309758442n);
  let p = y + x - 94201549194550492254356042504812n;
  p = step(p, y, 28719021644029726153956944680412240n);
  p = p * x + (4385272521454847904659076985693276n << 96n);
  let q = x - 2855989394907223263936484059900n;
  q = step(q, x, 50020603652535783019961831881945n);
  q = step(q, x, -533845033583426703283633433725380n);
  q = step(q, x, 3604857256930695427073651918091429n);
  q = step(q, x, -14423608567350463180887372962807573n);
  q = step(q, x, 26449188498355588339934803723976023n);
  return ((p / q) * 3822833074963236453042738258902158003155416615667n) >> (195n - k);
}

/** An average moved towards a sample that held for `elapsed` seconds: by 1 - exp(-elapsed / tau). Towards the old average. */
export function towards(average: bigint, sample: bigint, elapsed: bigint, tau: bigint): bigint {
  const kept = exp(-towardsZero(elapsed * WAD, tau));
  return average + towardsZero((sample - average) * (WAD - kept), WAD);
}

/** ln x of a WAD number of at least one wei, WAD. */
export function ln(value: bigint): bigint {
  if (value <= 0n) throw new RangeError("ln of a number that is not positive");
  const shift = BigInt(256 - value.toString(2).length);
  const x = (value << shift) >> 159n;
  const step = (sum: bigint, constant: bigint): bigint => ((sum * x) >> 96n) + constant;
  let p = step(x + 3273285459638523848632254066296n, 24828157081833163892658089445524n);
  p = step(p, 43456485725739037958740375743393n);
  p = step(p, -11111509109440967052023855526967n);
  p = step(p, -45023709667254063763336534515857n);
  p = step(p, -14706773417378608786704636184526n);
  p = p * x - (795164235651350426258249787498n << 96n);
  let q = x + 5573035233440673466300451813936n;
  q = step(q, 71694874799317883764090561454958n);
  q = step(q, 283447036172924575727196451306956n);
  q = step(q, 401686690394027663651624208769553n);
  q = step(q, 204048457590392012362485061816622n);
  q = step(q, 31853899698501571402653359427138n);
  q = step(q, 909429971244387300277376558375n);
  const scaled = 1677202110996718588342820967067443963516166n * (p / q);
  const powers = 16597577552685614221487285958193947469193820559219878177908093499208371n * (159n - shift);
  const units = 600920179829731861736702779321621459595472258049074101567377883020018308n;
  return (scaled + powers + units) >> 174n;
}
