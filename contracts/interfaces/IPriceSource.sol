// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What became of a reading. Everything from MALFORMED on is nonsense, everything before it but OK is absence.
/// STALE: older than its heartbeat. UNREACHABLE: the call reverted, ran out of its gas or met no code.
/// SHORT_HISTORY: an average was asked for over more time than is recorded. NO_DEPTH: less than a whole unit of quote stands behind it.
/// INCOMPLETE: the round has not been answered. UNCONFIGURED: the adapter knows no feed for the market.
/// SEQUENCER_DOWN: the chain's sequencer does not take transactions. SEQUENCER_RESTARTED: it has not done so for long enough.
/// RATE_TOO_HIGH: a redemption rate has grown faster than it may. RATE_TOO_LOW: it has fallen farther than it may.
/// UNSURE: too wide a confidence for the index. OUTLIER: a price too far from the others'.
/// MALFORMED: too few words, or words out of their type. NOT_POSITIVE: zero or negative. FUTURE: published after now.
/// OUT_OF_RANGE: positive, but no price a market here could have.
enum SourceStatus {
    OK,
    STALE,
    UNREACHABLE,
    SHORT_HISTORY,
    NO_DEPTH,
    INCOMPLETE,
    UNCONFIGURED,
    SEQUENCER_DOWN,
    SEQUENCER_RESTARTED,
    RATE_TOO_HIGH,
    RATE_TOO_LOW,
    UNSURE,
    OUTLIER,
    MALFORMED,
    NOT_POSITIVE,
    FUTURE,
    OUT_OF_RANGE
}

/// @notice One source's word on a price. Only `status` has a meaning unless it is OK.
/// @param status OK, or what is wrong
/// @param price quote per base, WAD
/// @param confidence half width of the source's own uncertainty, quote per base, WAD
/// @param publishedAt when the price was true, seconds; now for an average that ends now
/// @param depth quote that stands behind the price, WAD; its weight in the median
struct Reading {
    SourceStatus status;
    uint256 price;
    uint256 confidence;
    uint256 publishedAt;
    uint256 depth;
}

/// @title One outside source of prices, for any number of markets
/// @notice An adapter says in `status` what is wrong rather than revert; the index survives it if it does revert, burns its
/// gas or returns garbage (mechanism section 5).
interface IPriceSource {
    /// @notice The source's present word on a market's price.
    function read(uint8 market) external view returns (Reading memory reading);
}
