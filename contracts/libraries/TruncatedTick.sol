// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A tick that follows a pool's, but moves no more than so much in a slot of time, and its sum over time.
/// @param time up to when, seconds
/// @param index the pool's observation at or before that time
/// @param slot the slot of time the tick last moved in
/// @param anchor where it stood when that slot began: it stays within one move of it until the slot ends
/// @param tick where it stands
/// @param pool sum of the pool's own tick over all seconds up to `time`
/// @param sum of the truncated tick since it was set up
struct TickPath {
    uint32 time;
    uint16 index;
    uint32 slot;
    int24 anchor;
    int24 tick;
    int56 pool;
    int64 sum;
}

/// @notice How far a truncated tick may move.
/// @param maxMove ticks a slot
/// @param slot seconds: a block of a chain with regular ones
/// @param phase when slots begin, seconds after a multiple of their length
struct TickPace {
    uint24 maxMove;
    uint16 slot;
    uint16 phase;
}

/// @title Truncated accumulation of a tick
/// @notice However far a pool is pushed for a few blocks, the truncated tick gets only a move a block closer; it also needs as long to
/// come back (formulas: 9,116 ticks a block of twelve seconds).
library TruncatedTick {
    /// @notice Lets the pool's tick have stood at `target` from where the path ends until `until`.
    /// @dev Exact and without a loop: the path is a staircase until it arrives.
    function hold(TickPath memory path, TickPace memory pace, int256 target, uint256 until) internal pure {
        (uint256 from, int256 tick) = (path.time, path.tick);
        if (until <= from) return;
        uint256 slot = (from - pace.phase) / pace.slot;
        if (slot != path.slot) (path.slot, path.anchor) = (uint32(slot), path.tick);
        tick = _limited(target, path.anchor, pace);
        uint256 end = pace.phase + (slot + 1) * pace.slot;
        if (end > until) end = until;
        int256 sum = tick * int256(end - from);
        if (end < until) (tick, sum) = _climb(path, pace, target, tick, sum, end, until);
        path.tick = int24(tick);
        path.sum += int64(sum);
        // Wraps with the pool's own sum.
        unchecked {
            path.pool += int56(target * int256(until - from));
        }
        path.time = uint32(until);
    }

    /// @dev From the beginning of a slot on: whole moves while slots are whole and the target is not reached, then the rest.
    function _climb(
        TickPath memory path,
        TickPace memory pace,
        int256 target,
        int256 tick,
        int256 sum,
        uint256 from,
        uint256 until
    ) private pure returns (int256, int256) {
        uint256 distance = uint256(target > tick ? target - tick : tick - target);
        uint256 moves = (until - from - 1) / pace.slot;
        if (moves > distance / pace.maxMove) moves = distance / pace.maxMove;
        int256 move = target > tick ? int256(uint256(pace.maxMove)) : -int256(uint256(pace.maxMove));
        int256 count = int256(moves);
        sum += int256(uint256(pace.slot)) * (count * tick + (move * count * (count + 1)) / 2);
        tick += move * count;
        from += moves * pace.slot;
        int256 anchor = tick;
        tick = _limited(target, anchor, pace);
        sum += tick * int256(until - from);
        path.slot = uint32((until - 1 - pace.phase) / pace.slot);
        path.anchor = int24(until - from > pace.slot ? tick : anchor);
        return (tick, sum);
    }

    function _limited(int256 target, int256 anchor, TickPace memory pace) private pure returns (int256) {
        int256 most = int256(uint256(pace.maxMove));
        return
            target > anchor + most
                ? anchor + most
                : target < anchor - most
                    ? anchor - most
                    : target;
    }
}
