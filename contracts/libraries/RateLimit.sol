// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {FixedMath} from "./FixedMath.sol";

/// @notice An allowance that refills evenly with time, in one slot.
/// @param single most at once, quote, whole units
/// @param capacity most in a window, quote, whole units
/// @param window seconds in which an exhausted allowance is whole again
/// @param usedAt when `used` was last brought up to date
/// @param used part of the capacity spent and not refilled at `usedAt`, quote, 6 decimals, rounded up
struct RateLimit {
    uint48 single;
    uint48 capacity;
    uint32 window;
    uint40 usedAt;
    uint88 used;
}

using RateLimitFunctions for RateLimit global;

/// @title A refilling allowance
/// @notice No window boundary at which two allowances can be spent back to back.
library RateLimitFunctions {
    uint256 private constant UNIT = 1e6;
    uint256 private constant SCALE = 1e12;

    /// @notice What may be spent now, quote, WAD, rounded down.
    function room(RateLimit memory limit) internal view returns (uint256) {
        uint256 capacity = uint256(limit.capacity) * UNIT;
        uint256 spent = _usedNow(limit);
        if (spent >= capacity) return 0;
        return FixedMath.min(capacity - spent, uint256(limit.single) * UNIT) * SCALE;
    }

    /// @notice Spends `amount` (quote, WAD), which the caller has kept within the room.
    function spend(RateLimit storage limit, uint256 amount) internal {
        uint256 used = _usedNow(limit) + FixedMath.divUp(amount, SCALE);
        limit.usedAt = uint40(block.timestamp);
        limit.used = uint88(used);
    }

    /// @notice Changes the allowance; what has been spent stays spent.
    function set(RateLimit storage limit, uint48 single, uint48 capacity, uint32 window) internal {
        uint256 used = _usedNow(limit);
        limit.single = single;
        limit.capacity = capacity;
        limit.window = window;
        limit.usedAt = uint40(block.timestamp);
        limit.used = uint88(used);
    }

    function _usedNow(RateLimit memory limit) private view returns (uint256) {
        uint256 used = limit.used;
        uint256 elapsed = block.timestamp - limit.usedAt;
        if (used == 0 || elapsed >= limit.window) return 0;
        uint256 refilled = (uint256(limit.capacity) * UNIT * elapsed) / limit.window;
        return Math.saturatingSub(used, refilled);
    }
}
