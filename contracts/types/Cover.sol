// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What an account has behind its short in one market (mechanism section 4). All zero: nothing, or the market knows no hedges.
/// @param seasoned spot of the market's underlying held for the hedge tenure, base, WAD
/// @param haircut parts per million that the spot which covers is spared
struct Cover {
    uint256 seasoned;
    uint256 haircut;
}
