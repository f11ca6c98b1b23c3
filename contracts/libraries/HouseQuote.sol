// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {FixedMath, PPM, SIGNED_WAD, WAD} from "./FixedMath.sol";

/// @notice All a house's price for a trade is made of.
/// @param index quote per base, WAD
/// @param mark quote per base, WAD
/// @param confidence half width of the index's uncertainty, quote per base, WAD
/// @param spread half of the distance between the two prices of a house without inventory, ppm of the index
/// @param skew how far both prices move at full inventory, ppm of the index
/// @param deviation least distance of either price from the index, ppm of it
/// @param inventory what the house holds, base, WAD, signed
/// @param limit most it may hold either way, base, WAD
struct Stance {
    uint256 index;
    uint256 mark;
    uint256 confidence;
    uint256 spread;
    uint256 skew;
    uint256 deviation;
    int256 inventory;
    uint256 limit;
}

/// @title What a house asks and bids
/// @notice Mechanism section 3. With o the index, c its confidence, s the spread, k the skew, d the deviation, and
/// lean = the inventory half way through the trade / limit, from -1 to 1, counted on the side the trade adds to:
///     distance = max(d, s + k * lean) * o + c
///     ask = max(o + distance, mark)        bid = min(o - distance, mark)
/// The price of a trade is the average of the marginal prices along it, so splitting it gains nothing. A distance never below d + c
/// is what keeps a feed that reports every move of d from being traded ahead of; a price never better than the mark, what keeps a
/// trade from taking equity out of the house. Asks round up, bids round down: against the trader.
library HouseQuote {
    using SafeCast for uint256;

    /// @notice What one base unit costs, or brings, in a trade of `size`.
    /// @param buy whether the trader buys
    /// @param size base, WAD
    /// @return quote per base, WAD; 0 if there is no positive bid
    function price(Stance memory stance, bool buy, uint256 size) internal pure returns (uint256) {
        uint256 away = distance(stance, buy, size);
        if (buy) return FixedMath.max(stance.index + away, stance.mark);
        return stance.index > away ? FixedMath.min(stance.index - away, stance.mark) : 0;
    }

    /// @notice How far from the index a trade of `size` is dealt, quote per base, WAD, rounded up.
    function distance(Stance memory stance, bool buy, uint256 size) internal pure returns (uint256) {
        int256 rate = int256(stance.spread * WAD) + int256(stance.skew) * lean(stance, buy, size);
        int256 least = int256(stance.deviation * WAD);
        if (rate < least) rate = least;
        return FixedMath.divUp(stance.index * uint256(rate), PPM * WAD) + stance.confidence;
    }

    /// @notice The inventory half way through the trade over the limit, positive on the side the trade adds to: WAD, from -1 to 1,
    /// rounded up. Without a limit it is all of one side or the other.
    function lean(Stance memory stance, bool buy, uint256 size) internal pure returns (int256) {
        int256 twice = 2 * (buy ? -stance.inventory : stance.inventory) + size.toInt256();
        int256 whole = 2 * int256(stance.limit);
        if (twice >= whole) return twice == 0 ? int256(0) : SIGNED_WAD;
        if (twice <= -whole) return -SIGNED_WAD;
        return -FixedMath.divDown(-twice * SIGNED_WAD, whole);
    }

    /// @notice What of an inventory a trade can take off, base, WAD: a buyer what is long, a seller what is short.
    function unwinding(Stance memory stance, bool buy) internal pure returns (uint256) {
        return (stance.inventory > 0) == buy ? FixedMath.abs(stance.inventory) : 0;
    }

    /// @notice What a trade can add beyond that before the limit is reached, base, WAD.
    function adding(Stance memory stance, bool buy) internal pure returns (uint256) {
        uint256 held = (stance.inventory > 0) == buy ? 0 : FixedMath.abs(stance.inventory);
        return Math.saturatingSub(stance.limit, held);
    }
}
