// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What an account has realised on one side of a market within half a maturity, as far as a charge may still reach it or it
/// has not been settled (mechanism section 6). One slot, two of them a side: the present half and the one before.
/// @param amount quote, WAD: realised, less what was charged, lost again or settled since
/// @param factor of the pool when `amount` was last brought up to date, 1e24
/// @param start when the half began, seconds
/// @param span how long it lasts, seconds; never 0 in a record that was written
/// @param generation of the pool
struct ClosedProfit {
    uint96 amount;
    uint80 factor;
    uint40 start;
    uint32 span;
    uint8 generation;
}

/// @notice Profit realised on one side of a market within half a maturity by everybody together. One slot.
/// @param amount quote, WAD: at least the sum of what its records are worth now
/// @param factor part of a unit realised before the first charge that is left, 1e24; 1e24 at first, and then only falls
/// @param current generation that new profit joins; meaningful in generation 0 only
struct ClosedPool {
    uint128 amount;
    uint80 factor;
    uint8 current;
}
