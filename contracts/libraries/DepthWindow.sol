// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FixedMath} from "./FixedMath.sol";

/// @notice The lowest depth seen in each of the last seven buckets of five minutes, in one slot: quote, whole units, 32 bits
/// each, the bucket's number modulo seven says where; above them the number of the latest bucket.
type DepthWindow is uint256;

using DepthWindows for DepthWindow global;

/// @title A rolling minimum with bounded work
/// @notice Six whole buckets and the one that has begun: never less than the past 30 minutes, never more than 35. Depth that was
/// shown for a moment raises nothing, since the moments around it are lower; depth that has gone lowers the minimum at once.
library DepthWindows {
    uint256 private constant BUCKET = 5 minutes;
    uint256 private constant BUCKETS = 7;
    uint256 private constant WIDTH = 32;
    uint256 private constant LOWEST = type(uint32).max;

    /// @notice A window in which depth has always been what it is now.
    function constantAt(uint256 depth, uint256 time) internal pure returns (DepthWindow) {
        uint256 lows;
        for (uint256 lane; lane < BUCKETS; ++lane) lows = _with(lows, lane, depth);
        return _pack(lows, time / BUCKET);
    }

    /// @notice Takes note of a depth. Buckets that nobody looked into count as the lower of what was known before and now.
    /// @param depth quote, whole units; what exceeds 32 bits counts as the most that fits
    /// @param time seconds, not before the last note
    function note(DepthWindow self, uint256 depth, uint256 time) internal pure returns (DepthWindow) {
        depth = FixedMath.min(depth, LOWEST);
        uint256 lows = DepthWindow.unwrap(self);
        uint256 latest = lows >> (WIDTH * BUCKETS);
        uint256 bucket = time / BUCKET;
        uint256 known = _at(lows, latest % BUCKETS);
        if (bucket == latest) return _pack(_with(lows, bucket % BUCKETS, FixedMath.min(known, depth)), bucket);
        uint256 missed = FixedMath.min(bucket - latest, BUCKETS);
        uint256 assumed = FixedMath.min(known, depth);
        for (uint256 ago = 1; ago < missed; ++ago) lows = _with(lows, (bucket - ago) % BUCKETS, assumed);
        return _pack(_with(lows, bucket % BUCKETS, depth), bucket);
    }

    /// @notice The lowest depth in the window, quote, whole units.
    function lowest(DepthWindow self) internal pure returns (uint256 low) {
        low = LOWEST;
        for (uint256 lane; lane < BUCKETS; ++lane) low = FixedMath.min(low, _at(DepthWindow.unwrap(self), lane));
    }

    function _at(uint256 lows, uint256 lane) private pure returns (uint256) {
        return (lows >> (WIDTH * lane)) & LOWEST;
    }

    function _with(uint256 lows, uint256 lane, uint256 depth) private pure returns (uint256) {
        uint256 shift = WIDTH * lane;
        return (lows & ~(LOWEST << shift)) | (FixedMath.min(depth, LOWEST) << shift);
    }

    function _pack(uint256 lows, uint256 bucket) private pure returns (DepthWindow) {
        uint256 lanes = WIDTH * BUCKETS;
        return DepthWindow.wrap((lows & ((1 << lanes) - 1)) | (bucket << lanes));
    }
}
