// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Phase} from "./Price.sol";

/// @notice Which view of the market the median is. NONE: the index cannot move the mark, which is held.
enum Component {
    NONE,
    SMOOTHED_MID,
    QUOTED,
    SMOOTHED_QUOTED,
    PERP
}

/// @notice What keeps the mark from its median. SPEED comes last, so it is named where both do.
enum Clamp {
    NONE,
    BAND,
    SPEED
}

/// @notice The mark taken apart, at the index and the book of now. All quote per base, WAD.
/// @param smoothedMid index + average of (book mid - index)
/// @param quoted the middle one of best bid, best ask and last trade; the index without both quotes
/// @param smoothedQuoted index + average of (quoted - index)
/// @param perp the perpetual elsewhere that takes the place of `smoothedQuoted`; 0 if none is configured, or it says nothing usable
/// @param low lower edge of the band, rounded up
/// @param high upper edge of the band, rounded down
/// @param median the middle one of the three
/// @param mark what comes of it after band and speed limit
/// @param active which of the three the median is
/// @param clamp what holds the mark away from the median
/// @param phase what the market guard makes of it
struct MarkComponents {
    uint256 smoothedMid;
    uint256 quoted;
    uint256 smoothedQuoted;
    uint256 perp;
    uint256 low;
    uint256 high;
    uint256 median;
    uint256 mark;
    Component active;
    Clamp clamp;
    Phase phase;
}
