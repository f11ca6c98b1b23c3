// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Phase} from "../types/Price.sol";

/// @notice How a market is guarded. Rates are in parts per million, times in seconds. All zero: not guarded.
/// @param band how far the book's price may be from its reference before the market is limited; 0 turns the guard off
/// @param closedBand how far trades and mark may be from the index in closed hours
/// @param window time constant of the reference, an exponential average
/// @param limitTime how long the price may be outside the band before the market is paused: in all, until it has been inside for a
/// whole window
/// @param pauseTime how long only closing is possible
/// @param auctionTime how long orders are collected before the market reopens
/// @param minimumVolume what an auction must match for its price to count, quote, whole units; less reopens at the index
/// @param closedHours bit h: the market is closed in hour h of the week; hour 0 begins on Monday 00:00 UTC
struct GuardConfig {
    uint24 band;
    uint24 closedBand;
    uint16 window;
    uint16 limitTime;
    uint16 pauseTime;
    uint16 auctionTime;
    uint32 minimumVolume;
    uint168 closedHours;
}

/// @notice What the guard remembers of a market, in one slot.
/// @param phase as of the last observation
/// @param limited seconds spent LIMITED of the limit time, as of the last return to OPEN
/// @param until earliest end of LIMITED, PAUSED, or of an auction's collection; in OPEN when `limited` is forgotten, or 0; 0 in CLOSED
/// @param observedAt when the averages last moved
/// @param bookAverage average of the book's price, quote per base, WAD
/// @param indexAverage average of the index over the same time, quote per base, WAD
struct GuardState {
    Phase phase;
    uint8 limited;
    uint32 until;
    uint32 observedAt;
    uint88 bookAverage;
    uint88 indexAverage;
}

/// @title Limit-up limit-down: what a market may do while its own book has left everything else behind
/// @notice Mechanism section 5. Prices are quote per base, WAD.
interface IMarketGuard {
    // ---- errors ------------------------------------------------------------------------------------------------------

    /// @notice Only the mark may report prices.
    error NotMarkPrice(address caller);
    /// @notice Only the order book may end an auction.
    error NotOrderBook(address caller);
    /// @notice The market is not in an auction whose collection has ended.
    error NoAuctionToEnd(uint8 market, Phase phase, uint256 until);
    /// @notice Orders are in an auction: its rules cannot change, nor its uncrossing be put off, until it is over.
    error AuctionUnderWay(uint8 market, uint256 until);

    // ---- events ------------------------------------------------------------------------------------------------------

    /// @notice How a market is guarded has changed.
    event GuardSet(uint8 indexed market, GuardConfig config);

    /// @notice A market has entered a phase.
    /// @param until its earliest end, seconds; of OPEN when time spent LIMITED is forgotten; 0 for none
    /// @param observed the book's price that led to it; 0 if it was time or the guardian
    /// @param index at that moment
    event PhaseEntered(uint8 indexed market, Phase indexed phase, uint256 until, uint256 observed, uint256 index);

    /// @notice An auction is over. The market is open from the next block on, and in this one to the order book alone, as if LIMITED.
    /// @param price from which the book's price is now measured
    event Reopened(uint8 indexed market, uint256 price, uint256 index);

    // ---- modules -----------------------------------------------------------------------------------------------------

    /// @notice Takes note of the book's price and says what the market may do in this block. Only the mark, once per block.
    /// @param observed the book's price; 0 if there is none to learn from, and then only time counts
    /// @param index the index of this block, or the last good one
    /// @return phase of this block
    /// @return low lowest price at which the book may trade in this block; 0 while OPEN
    /// @return high highest such price; the largest number while OPEN
    function observe(
        uint8 market,
        uint256 observed,
        uint256 index
    ) external returns (Phase phase, uint256 low, uint256 high);

    /// @notice Ends a market's auction: it is open from the next block on, and measured from `price`. Only the order book, after
    /// the collection has ended. Reverts with NoAuctionToEnd otherwise.
    function reopen(uint8 market, uint256 price, uint256 index) external;

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @notice What `observe` would return, without writing.
    function preview(
        uint8 market,
        uint256 observed,
        uint256 index
    ) external view returns (Phase phase, uint256 low, uint256 high);

    /// @notice Between which prices the book may trade in a phase, at this index. Low is rounded up, high down.
    function tradingBand(uint8 market, Phase phase, uint256 index) external view returns (uint256 low, uint256 high);

    /// @notice When the market's auction stops collecting; 0 if there is none.
    function auctionEnd(uint8 market) external view returns (uint256);

    /// @notice How a market is guarded.
    function configOf(uint8 market) external view returns (GuardConfig memory);

    /// @notice What the guard remembers of a market, as of its last observation.
    function stateOf(uint8 market) external view returns (GuardState memory);
}
