// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedMath, PPM, SIGNED_WAD, WAD} from "./FixedMath.sol";

/// @title The arithmetic of a liquidation
/// @notice Mechanism section 7. Prices are quote per base, WAD; sizes are base, WAD; money is quote, WAD.
library LiquidationMath {
    /// @notice What decides how much of a position has to be closed.
    /// @param equity of the account
    /// @param maintenance of the account
    /// @param size |size| of the position
    /// @param mark price it is valued at
    /// @param limit worst price it will be closed at
    /// @param maintenanceRate of the market, WAD
    /// @param costRate fee and reward, parts per million of the notional closed
    /// @param buffer parts per million above maintenance at which the account counts as recovered
    struct Recovery {
        int256 equity;
        uint256 maintenance;
        uint256 size;
        uint256 mark;
        uint256 limit;
        uint256 maintenanceRate;
        uint256 costRate;
        uint256 buffer;
    }

    /// @notice Maintenance margin of a position, rounded up as the ledger does.
    /// @param size |size|
    /// @param rate maintenance rate, WAD
    function maintenanceOf(uint256 size, uint256 mark, uint256 rate) internal pure returns (uint256) {
        return FixedMath.wadUp(FixedMath.wadUp(size, mark), rate);
    }

    /// @notice The part of an account's equity that stands behind one of its positions: equity * part / whole.
    /// @dev Rounded down, against the account. With no maintenance at all the whole equity stands behind it.
    /// @param part maintenance of the position
    /// @param whole maintenance of the account
    function equityShare(int256 equity, uint256 part, uint256 whole) internal pure returns (int256) {
        return whole == 0 || part >= whole ? equity : FixedMath.divDown(equity * int256(part), int256(whole));
    }

    /// @notice The price at which a position's share of equity becomes zero.
    /// @dev A long's is rounded up and a short's down, so that an account closed at it ends at zero or above. At least one wei.
    /// @param long side of the position
    /// @param size |size|, not zero
    function bankruptcyPrice(bool long, uint256 size, uint256 mark, int256 share) internal pure returns (uint256) {
        int256 offset = FixedMath.divDown(share * SIGNED_WAD, int256(size));
        int256 price = long ? int256(mark) - offset : int256(mark) + offset;
        return price > 0 ? uint256(price) : 1;
    }

    /// @notice The bound of the book step: it slides from the mark (equity = maintenance) to the bankruptcy price (equity = 0).
    /// limit = mark -+ |mark - bankruptcy| * (1 - equity / maintenance); the mark itself once equity is gone.
    /// @dev The distance from the mark is rounded down, in the liquidated account's favour. At this distance a fill costs at
    /// most the equity the filled part frees, so the margin ratio does not fall.
    function slidingLimit(
        bool long,
        uint256 mark,
        uint256 bankruptcy,
        int256 equity,
        uint256 maintenance
    ) internal pure returns (uint256) {
        if (equity <= 0 || uint256(equity) >= maintenance) return mark;
        uint256 gap = mark > bankruptcy ? mark - bankruptcy : bankruptcy - mark;
        uint256 distance = (gap * (maintenance - uint256(equity))) / maintenance;
        return long ? mark - distance : mark + distance;
    }

    /// @notice The smallest size whose closing at the limit brings the account back to maintenance plus the buffer.
    /// @dev Rounded up; the whole position if closing at the limit frees less margin than it costs. External, to keep the engine
    /// below the size limit.
    function sizeToRecover(Recovery memory recovery) external pure returns (uint256) {
        if (recovery.equity <= 0) return recovery.size;
        uint256 target = FixedMath.divUp(recovery.maintenance * (PPM + recovery.buffer), PPM);
        if (uint256(recovery.equity) >= target) return 0;
        uint256 relief = (FixedMath.wadDown(recovery.mark, recovery.maintenanceRate) * (PPM + recovery.buffer)) / PPM;
        uint256 slippage =
            recovery.mark > recovery.limit ? recovery.mark - recovery.limit : recovery.limit - recovery.mark;
        uint256 cost = slippage + FixedMath.divUp(recovery.limit * recovery.costRate, PPM);
        if (relief <= cost) return recovery.size;
        uint256 size = FixedMath.divUp((target - uint256(recovery.equity)) * WAD, relief - cost);
        return FixedMath.min(size, recovery.size);
    }

    /// @notice By how much equity less maintenance falls per unit of price, base, WAD * 1e18: negative for a long, whose ruin is a
    /// falling price. What spot covers moves with the price by its margin alone.
    /// @param size signed
    /// @param covered part of a short that spot covers
    /// @param rate maintenance rate, WAD
    /// @param hedgedRate maintenance rate of the covered part, WAD
    function sensitivity(
        int256 size,
        uint256 covered,
        uint256 rate,
        uint256 hedgedRate
    ) internal pure returns (int256) {
        if (size > 0) return -size * int256(WAD - rate);
        return int256((FixedMath.abs(size) - covered) * (WAD + rate) + covered * hedgedRate);
    }

    /// @notice The mark at which an account's equity meets its maintenance, everything but this market and the spot that covers a
    /// short in it standing still: mark + (equity - maintenance) / sensitivity.
    /// @dev Rounded to the safe side: at this very price the account is not liquidatable yet. 0 if no price of this market makes it so.
    /// @param slope see `sensitivity`, not zero
    function liquidationPrice(
        int256 slope,
        uint256 mark,
        int256 equity,
        uint256 maintenance
    ) internal pure returns (uint256) {
        int256 room = equity - int256(maintenance);
        int256 offset = FixedMath.divDown(room * SIGNED_WAD * SIGNED_WAD, int256(FixedMath.abs(slope)));
        int256 price = slope < 0 ? int256(mark) - offset : int256(mark) + offset;
        return price > 0 ? uint256(price) : 0;
    }

    /// @notice How attractive a position is to the queue: (mark / entry)^+-1 * notional / equity, WAD, rounded down.
    /// @dev The maximum for an account whose equity is gone.
    function queueScore(
        bool long,
        uint256 mark,
        uint256 entry,
        uint256 notional,
        int256 equity
    ) internal pure returns (uint256) {
        if (equity <= 0) return type(uint256).max;
        uint256 gain = long ? (mark * WAD) / FixedMath.max(entry, 1) : (entry * WAD) / mark;
        return (gain * notional) / uint256(equity);
    }
}
