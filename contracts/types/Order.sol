// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TickBitmap} from "../libraries/TickBitmap.sol";

/// @notice How long an order lives and what it may do on arrival (mechanism section 3).
/// LIMIT: takes what crosses, rests with the remainder until cancelled.
/// POST_ONLY: rests whole or reverts.
/// IMMEDIATE_OR_CANCEL: takes what crosses, the remainder lapses.
/// FILL_OR_KILL: takes its whole size or reverts.
/// MARKET: immediate-or-cancel whose price is a bound that need not lie on a tick.
enum OrderKind {
    LIMIT,
    POST_ONLY,
    IMMEDIATE_OR_CANCEL,
    FILL_OR_KILL,
    MARKET
}

/// @notice Why an order left the book other than by being filled.
/// OWNER: cancelled by its owner or operator. REPLACED: the same, within a replacement.
/// VOID: placed under an order epoch the account has left (cancel-all, liquidation).
/// SELF_TRADE: met by a taker of the same account.
/// REFUSED: met by a taker, but its account failed its margin, or it was reduce-only with nothing left to reduce.
enum CancelReason {
    OWNER,
    REPLACED,
    VOID,
    SELF_TRADE,
    REFUSED
}

/// @notice What a trader asks for.
/// @param market market id
/// @param buy true to buy
/// @param kind how the order lives
/// @param reduceOnly clamp the size to the position it closes; the order never grows a position
/// @param maxMakers most resting orders to meet, void ones included; 0 or too many means the hard cap
/// @param price quote per base, WAD; a multiple of the tick size unless the kind is MARKET
/// @param size base, WAD; a multiple of the lot size unless reduce-only
struct OrderRequest {
    uint8 market;
    bool buy;
    OrderKind kind;
    bool reduceOnly;
    uint16 maxMakers;
    uint128 price;
    uint96 size;
}

/// @notice What became of a request.
/// @param orderId of the resting remainder; 0 if nothing rests
/// @param filled base, WAD
/// @param quote quote, WAD: sum of price * size over the fills, rounded down
struct Placement {
    uint64 orderId;
    uint96 filled;
    uint256 quote;
}

/// @notice A resting order, in one slot.
/// @param account whose it is
/// @param size base, WAD: what still rests; 0 for an order that does not exist
/// @param tick price in ticks
/// @param epoch the account's order epoch at placement
/// @param previous order before it in its queue; of no meaning for the level's head
/// @param next order after it in its queue; of no meaning for the level's tail
/// @param flags bit 0: buy, bit 1: reduce-only
struct Order {
    uint32 account;
    uint96 size;
    uint24 tick;
    uint32 epoch;
    uint32 previous;
    uint32 next;
    uint8 flags;
}

/// @notice An Order as it is stored. Packed by hand: a member-wise copy costs a storage access per member.
type PackedOrder is uint256;

/// @notice The queue at one price. Once used its slot never returns to zero, so the next order there is cheaper.
/// @param head first order in time; 0 if the level is empty
/// @param tail last order in time
struct Level {
    uint32 head;
    uint32 tail;
}

/// @notice What moves with every order in a market, in one slot. Tick 0 means none.
/// @param lastId number of the last order placed
/// @param bestBid highest tick with a resting bid, void ones included
/// @param bestAsk lowest tick with a resting ask, void ones included
/// @param lastTraded tick of the last fill
struct Top {
    uint32 lastId;
    uint24 bestBid;
    uint24 bestAsk;
    uint24 lastTraded;
}

/// @notice The grid and the bounds of one market's book, in one slot.
/// @param tickSize quote per base, WAD, of one tick; fixed at listing
/// @param lotSize base, WAD: sizes are multiples of it
/// @param minimumSize base, WAD: nothing smaller rests, nothing smaller opens a position
/// @param priceBand parts per million: how far beyond the mark a taker may trade
struct BookConfig {
    uint64 tickSize;
    uint80 lotSize;
    uint88 minimumSize;
    uint24 priceBand;
}

/// @notice One side of a book.
/// @param ticks which levels hold orders
/// @param levels queue by tick
struct Side {
    TickBitmap.Bitmap ticks;
    mapping(uint256 tick => Level) levels;
}

/// @notice The book of one market.
struct MarketBook {
    BookConfig config;
    Top top;
    mapping(uint256 number => PackedOrder) orders;
    Side bids;
    Side asks;
}

/// @notice A resting order as views show it.
/// @param orderId market << 32 | number
/// @param account whose it is
/// @param buy true for a bid
/// @param reduceOnly may only shrink its account's position
/// @param live false if its account's order epoch has moved on
/// @param price quote per base, WAD
/// @param size base, WAD: what still rests
/// @param epoch the account's order epoch at placement
struct OrderView {
    uint64 orderId;
    uint32 account;
    bool buy;
    bool reduceOnly;
    bool live;
    uint128 price;
    uint96 size;
    uint32 epoch;
}

/// @notice The live orders at one price.
/// @param price quote per base, WAD
/// @param size base, WAD: sum of the live orders
/// @param orders how many of them
struct LevelView {
    uint256 price;
    uint256 size;
    uint256 orders;
}

/// @dev Bits of Order.flags.
uint8 constant FLAG_BUY = 1;
uint8 constant FLAG_REDUCE_ONLY = 2;

using {isBuy, isReduceOnly, pack} for Order global;
using {unpack, accountOf, sizeOf, nextOf, tickOf, withSize, withNext, withPrevious} for PackedOrder global;

function isBuy(Order memory order) pure returns (bool) {
    return order.flags & FLAG_BUY != 0;
}

function isReduceOnly(Order memory order) pure returns (bool) {
    return order.flags & FLAG_REDUCE_ONLY != 0;
}

/// @dev From the top: flags 8, previous 32, next 32, epoch 32, tick 24, account 32, size 96.
function pack(Order memory order) pure returns (PackedOrder) {
    uint256 word = (uint256(order.flags) << 248) | (uint256(order.previous) << 216) | (uint256(order.next) << 184);
    word |= (uint256(order.epoch) << 152) | (uint256(order.tick) << 128);
    return PackedOrder.wrap(word | (uint256(order.account) << 96) | order.size);
}

function unpack(PackedOrder packed) pure returns (Order memory order) {
    uint256 word = PackedOrder.unwrap(packed);
    order.flags = uint8(word >> 248);
    order.previous = uint32(word >> 216);
    order.next = uint32(word >> 184);
    order.epoch = uint32(word >> 152);
    order.tick = uint24(word >> 128);
    order.account = uint32(word >> 96);
    order.size = uint96(word);
}

function accountOf(PackedOrder packed) pure returns (uint32) {
    return uint32(PackedOrder.unwrap(packed) >> 96);
}

function sizeOf(PackedOrder packed) pure returns (uint96) {
    return uint96(PackedOrder.unwrap(packed));
}

function nextOf(PackedOrder packed) pure returns (uint32) {
    return uint32(PackedOrder.unwrap(packed) >> 184);
}

function tickOf(PackedOrder packed) pure returns (uint24) {
    return uint24(PackedOrder.unwrap(packed) >> 128);
}

function withSize(PackedOrder packed, uint96 size) pure returns (PackedOrder) {
    return PackedOrder.wrap((PackedOrder.unwrap(packed) & ~uint256(type(uint96).max)) | size);
}

function withNext(PackedOrder packed, uint32 number) pure returns (PackedOrder) {
    return
        PackedOrder.wrap((PackedOrder.unwrap(packed) & ~(uint256(type(uint32).max) << 184)) | (uint256(number) << 184));
}

function withPrevious(PackedOrder packed, uint32 number) pure returns (PackedOrder) {
    return
        PackedOrder.wrap((PackedOrder.unwrap(packed) & ~(uint256(type(uint32).max) << 216)) | (uint256(number) << 216));
}
