// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Phase} from "../types/Price.sol";
import {BookConfig, CancelReason, LevelView, OrderKind, OrderRequest, OrderView, Placement} from "../types/Order.sol";

/// @title Price-time matching of limit orders
/// @notice Prices are quote per base, WAD; sizes are base, WAD; a missing price is 0. Order ids are explained in OrderId.
/// The book owns resting orders, never money: every fill and every reservation is the ledger's (mechanism section 3).
interface IOrderBook {
    // ---- errors ------------------------------------------------------------------------------------------------------

    /// @notice The market has no book.
    error MarketNotListed(uint8 market);
    /// @notice The market has a book already; `setMarket` changes it.
    error MarketAlreadyListed(uint8 market);

    /// @notice The configuration breaks `rule`, given `value`.
    error UnsafeBookConfig(string rule, uint256 value);

    /// @notice The price is zero, not a multiple of the tick size, or past the last of 2^24 - 1 ticks.
    error InvalidPrice(uint8 market, uint256 price, uint256 tickSize);

    /// @notice The size is zero or not a multiple of the lot size.
    error InvalidSize(uint8 market, uint256 size, uint256 lotSize);

    /// @notice Nothing below the minimum may open a position or rest.
    error SizeBelowMinimum(uint8 market, uint256 size, uint256 minimum);

    /// @notice A reduce-only order on the side that would grow the position, or without a position.
    error NothingToReduce(uint32 account, uint8 market, int256 position);

    /// @notice A fill-or-kill order found only `filled` of `size` within its price and its bound on makers.
    error NotFilledWhole(uint256 filled, uint256 size);

    /// @notice A post-only order at `price` would meet a live order at `best`, or more void ones than its bound.
    error WouldTake(uint256 price, uint256 best);

    /// @notice Two orders of one batch would rest across each other.
    error BatchCrossesItself(uint256 price, uint256 best);

    /// @notice No such order rests: it was filled, cancelled or never placed.
    error OrderNotFound(uint64 orderId);
    /// @notice An order of a batch belongs to another account.
    error NotOrderOfAccount(uint64 orderId, uint32 account);
    /// @notice Only the liquidation engine.
    error NotEngine(address caller);

    /// @notice 2^31 - 1 orders have been placed at this price: it takes no more.
    error LevelExhausted(uint8 market, uint24 tick);

    /// @notice The market is paused or closed: only reduce-only and post-only orders are taken.
    error OpeningHalted(uint8 market, Phase phase);
    /// @notice Nothing trades on arrival in an auction: only limit and post-only orders are taken, and they rest.
    error NoTakersInAuction(uint8 market, OrderKind kind);
    /// @notice The auction has ended and is not cleared yet. Clearing waits for a VALID index; or this order carried it on, but may not
    /// lapse as others do that find it unfinished: call `uncross` first.
    error AuctionClearing(uint8 market);
    /// @notice The market is in no auction.
    error NoAuction(uint8 market, Phase phase);
    /// @notice The auction collects orders until `until`.
    error AuctionNotOver(uint8 market, uint256 until);
    /// @notice The caller supplied too little gas for the ledger to settle a fill; no order may be refused for that.
    error SettlementStarved();

    // ---- events ------------------------------------------------------------------------------------------------------

    /// @notice A market's book was opened.
    event BookListed(uint8 indexed market, BookConfig config);
    /// @notice A book's lot size, minimum size or price band has changed.
    event BookConfigured(uint8 indexed market, BookConfig config);
    /// @notice The liquidation engine was named.
    event EngineSet(address engine);

    /// @notice An order rests, last in the queue of its price. Price is quote per base, WAD; size base, WAD.
    event OrderPlaced(
        uint64 indexed orderId,
        uint32 indexed account,
        bool buy,
        bool reduceOnly,
        uint256 price,
        uint256 size
    );

    /// @notice An order left the book unfilled.
    event OrderCancelled(uint64 indexed orderId, CancelReason reason);

    /// @notice A resting order was filled by `size` (base, WAD) at its own price; it left the book if nothing remains of it.
    event OrderFilled(uint64 indexed orderId, uint256 size);

    /// @notice Summary of what one order took.
    /// @param size base, WAD
    /// @param quote quote, WAD: sum of price * size, rounded down
    event Traded(uint8 indexed market, uint32 indexed taker, bool buy, bool liquidation, uint256 size, uint256 quote);

    /// @notice An auction has found its one price (quote per base, WAD) and the volume at it (base, WAD). Above the minimum
    /// volume of the market it is the price with the largest volume, closest to the index among equals; below, the index itself.
    event AuctionPriced(uint8 indexed market, uint256 price, uint256 volume);
    /// @notice An auction is over: `volume` (base, WAD) was dealt at `price`, and the book no longer lies across itself.
    event AuctionCleared(uint8 indexed market, uint256 price, uint256 volume);

    // ---- traders -----------------------------------------------------------------------------------------------------

    /// @notice Places one order for an account. Only its owner or operator, as the ledger judges.
    /// @dev The taker's price is clipped to the price band around the mark; a remainder rests at the clipped price. A remainder that
    /// still crosses (bound on makers reached) or is below the minimum size lapses. Never reverts because of a maker.
    /// While the market guard holds the market (mechanism section 5) the price is clipped to the guard's band as well.
    /// LIMITED: any order is taken within it. PAUSED and CLOSED: only reduce-only and post-only orders are, so that whoever closes finds
    /// a counterparty; any other reverts with OpeningHalted. Where the mark lies outside the guard's band, LIMITED and PAUSED let
    /// reduce-only and post-only orders go beyond the band as far as the mark; an order that takes to open may not.
    /// AUCTION: limit and post-only orders rest across the book until it is cleared; other kinds revert with NoTakersInAuction.
    /// Once the collection has ended, the order first carries on the clearing, by up to 32 of the orders collected. If that ends it,
    /// the market is open again, in this block as if LIMITED, and the order goes on. If not, the order lapses without trading or
    /// resting and the next one clears further; one that may not lapse (post-only, fill-or-kill) reverts with AuctionClearing.
    /// Reverts with PriceNotUsable if the mark's validity does not allow to open (or to reduce, if reduce-only), and with the
    /// ledger's errors if the taker fails its margin.
    function place(uint32 account, OrderRequest calldata request) external returns (Placement memory placement);

    /// @notice Places several orders in turn; each run of the same market costs one price and one reservation.
    /// @dev All or nothing. Takes with every order before any of them rests.
    function placeMany(
        uint32 account,
        OrderRequest[] calldata requests
    ) external returns (Placement[] memory placements);

    /// @notice Cancels one order. Only the owner or operator of its account; needs no price. Reverts if it does not exist.
    function cancel(uint64 orderId) external;

    /// @notice Cancels several orders of one account. Those that no longer exist (filled, cancelled, listed twice) are passed over.
    /// @return cancelled how many left the book
    function cancelMany(uint32 account, uint64[] calldata orderIds) external returns (uint256 cancelled);

    /// @notice Cancels orders as `cancelMany` and places others as `placeMany`, in this order, all or nothing.
    function replaceMany(
        uint32 account,
        uint64[] calldata orderIds,
        OrderRequest[] calldata requests
    ) external returns (Placement[] memory placements);

    /// @notice Voids every order of an account in a market, at the same cost however many there are. Only its owner or operator.
    /// @dev The ledger announces it (OrdersVoided); the void orders leave the book as takers and `prune` meet them.
    function cancelAll(uint32 account, uint8 market) external;

    /// @notice Removes void orders, best price first. Anyone.
    /// @param buy true for the bids
    /// @param maxOrders how many orders to look at, live ones included
    /// @return removed how many left the book
    function prune(uint8 market, bool buy, uint256 maxOrders) external returns (uint256 removed);

    // ---- the liquidation engine --------------------------------------------------------------------------------------

    /// @notice Closes up to `size` of an account's position against resting orders, no worse than `limitPrice`.
    /// @dev Only the liquidation engine. Never reverts because of a maker; stops after `maxMakers` orders, void ones included
    /// (0 or too many means the hard cap). Neither lot size nor price band applies: the engine's own bound does.
    /// @param buy true to close a short
    /// @return filled base, WAD
    /// @return paid quote, WAD: sum of price * size, rounded down
    /// @return met resting orders met; those that were void or refused have left the book
    function executeLiquidation(
        uint32 account,
        uint8 market,
        bool buy,
        uint256 size,
        uint256 limitPrice,
        uint256 maxMakers
    ) external returns (uint256 filled, uint256 paid, uint256 met);

    /// @notice Clears an auction whose collection has ended: finds the one price, deals at it, and reopens the market. Anyone; it is a
    /// service to others, as the next order does the same.
    /// @dev Work is bounded by `maxOrders` (0 or too many means the hard cap): call until it returns true. Reverts with NoAuction or AuctionNotOver
    /// outside that time, and with PriceNotUsable unless the index is VALID. No order can stop it: one whose account fails its margin is
    /// cancelled. The price is the one with the largest volume inside the guard's band around the index; among equals the
    /// closest to the index; if the volume is below the market's minimum, the index. Orders trade in price-time order, the longer side pays
    /// the taker fee. What still lies across the book afterwards lapses.
    /// @return done true when the market is reopened
    function uncross(uint8 market, uint256 maxOrders) external returns (bool done);

    // ---- views -------------------------------------------------------------------------------------------------------

    /// @notice Best live bid and ask, and the last traded price.
    /// @dev Void orders are skipped, at most a fixed number of them; past that the side counts as empty.
    function quotes(uint8 market) external view returns (uint256 bestBid, uint256 bestAsk, uint256 last);

    /// @notice Average prices at which `notional` quote (WAD) would be sold into the bids and bought from the asks.
    /// @dev 0 for a side that cannot absorb it within `maxOrders` orders, void ones included. The bid is rounded down, the ask up.
    function impactPrices(
        uint8 market,
        uint256 notional,
        uint256 maxOrders
    ) external view returns (uint256 impactBid, uint256 impactAsk);

    /// @notice A resting order; all zero if it does not exist.
    function order(uint64 orderId) external view returns (OrderView memory);

    /// @notice Up to `maxLevels` levels of a side with live orders, best first. For off-chain use: walks every order in them.
    function depth(uint8 market, bool buy, uint256 maxLevels) external view returns (LevelView[] memory levels);

    /// @notice A page of the orders resting at one price, first in time first, void ones included.
    /// @param cursor 0 for the first page, then what the page before returned
    /// @return page up to `limit` orders
    /// @return next cursor of the following page, 0 at the end of the queue
    function ordersAt(
        uint8 market,
        bool buy,
        uint256 price,
        uint32 cursor,
        uint256 limit
    ) external view returns (OrderView[] memory page, uint32 next);

    /// @notice Grid and bounds of a market's book; all zero if it is not listed.
    function bookConfig(uint8 market) external view returns (BookConfig memory);

    /// @notice The one address that may call `executeLiquidation`.
    function engine() external view returns (address);
}
