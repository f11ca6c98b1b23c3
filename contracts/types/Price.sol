// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice What a price is asked for. The validity ladder (mechanism section 5) answers each action differently.
enum Action {
    DEPOSIT,
    CANCEL,
    REDUCE,
    OPEN,
    WITHDRAW,
    LIQUIDATE,
    DELEVERAGE,
    VAULT
}

/// @notice How far a price may be trusted, from best to worst.
enum Validity {
    VALID,
    UNCERTAIN,
    STALE,
    INVALID
}

/// @notice What the market guard lets the book do (mechanism section 5).
/// OPEN: everything. LIMITED: trades only inside the guard's band. PAUSED: closing only, inside the band.
/// AUCTION: orders are collected and nothing trades but at the auction's one price. CLOSED: out of hours; closing only, inside a tighter band.
enum Phase {
    OPEN,
    LIMITED,
    PAUSED,
    AUCTION,
    CLOSED
}

/// @notice A market's prices as of one block.
/// @param mark quote per base, WAD; what positions are valued at
/// @param index quote per base, WAD; the median over outside sources
/// @param premium time-weighted impact premium over the index, WAD fraction, signed; what funding is made of
/// @param confidence half width of the index's uncertainty, quote per base, WAD
/// @param validity how far the index may be trusted
/// @param phase what the market guard lets the book do
struct Price {
    uint256 mark;
    uint256 index;
    int256 premium;
    uint256 confidence;
    Validity validity;
    Phase phase;
}
