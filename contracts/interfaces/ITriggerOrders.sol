// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {OrderRequest} from "../types/Order.sol";

/// @notice What a trader asks for: an order for the book, once the mark has come to a price.
/// @param above true: when the mark is at or above `trigger`; false: at or below
/// @param trigger quote per base, WAD
/// @param tip what whoever executes it earns, quote, WAD, out of what the account could withdraw then
/// @param expiry last second in which it may be executed; 0 for none
/// @param order what is placed
struct TriggerRequest {
    bool above;
    uint128 trigger;
    uint96 tip;
    uint40 expiry;
    OrderRequest order;
}

/// @notice A triggered order as it waits.
/// @param account whose it is
/// @param epoch the account's order epoch in the market when it was armed
/// @param armedAt block in which it was armed
/// @param request what was asked for
struct TriggerOrder {
    uint32 account;
    uint32 epoch;
    uint40 armedAt;
    TriggerRequest request;
}

/// @title Stop and take-profit orders, executed by anyone at the mark for a tip
/// @notice Mechanism section 3. Prices are quote per base, WAD; sizes base, WAD; tips quote, WAD.
interface ITriggerOrders {
    /// @notice The caller is neither owner nor operator of the account.
    error NotAllowed(uint32 account, address caller);
    /// @notice The account has not named this contract its operator, so nothing could ever be placed for it.
    error NotOperator(uint32 account);
    /// @notice A trigger of zero, or an expiry that has passed.
    error InvalidTrigger(uint256 trigger, uint256 expiry);
    /// @notice No such order waits: it was executed, cancelled, cleared or never armed.
    error TriggerNotFound(uint256 id);
    /// @notice The mark is not where the order waits for it, or is not of a later block than the order.
    error NotTriggered(uint256 id, uint256 mark, uint256 trigger);
    /// @notice The order has expired, or what it was for is gone; anyone may clear it.
    error TriggerVoid(uint256 id);
    /// @notice The order is good: only its owner or operator may take it away.
    error TriggerStands(uint256 id);
    /// @notice The book had nothing for an order that does not rest. It goes on waiting.
    error NothingTraded(uint256 id);
    /// @notice The account could pay only so much of the tip.
    error TipTooSmall(uint256 id, uint256 tip, uint256 wanted);

    /// @notice An order waits for the mark.
    event TriggerArmed(uint256 indexed id, uint32 indexed account, uint8 indexed market, TriggerRequest request);
    /// @notice An order was placed on the book.
    /// @param mark that triggered it, quote per base, WAD
    /// @param orderId what rests of it, 0 for nothing
    /// @param filled base, WAD
    /// @param tip paid to the executor's account, quote, WAD
    event TriggerExecuted(uint256 indexed id, uint256 mark, uint64 orderId, uint256 filled, uint256 tip);
    /// @notice An order no longer waits: its owner took it away, or it was void and somebody cleared it.
    event TriggerCancelled(uint256 indexed id, bool void);

    /// @notice Arms an order. Only owner or operator of the account, which must have named this contract an operator. Nothing is
    /// reserved: margin is asked for when it is placed. Reverts with InvalidTrigger, NotAllowed or NotOperator.
    function arm(uint32 account, TriggerRequest calldata request) external returns (uint256 id);

    /// @notice Takes an order away. Only owner or operator of its account.
    function cancel(uint256 id) external;

    /// @notice Removes a void order. Anyone. Reverts with TriggerStands if it is not.
    function clear(uint256 id) external;

    /// @notice Places an order whose trigger the mark has reached. Anyone.
    /// @dev Needs a VALID price, in a later block than the order was armed in, so nobody picks the mark he arms against. If the book refuses it (phase of
    /// the market guard, margin) or has nothing for it, the call reverts and the order goes on waiting: a tear-up or a liquidation
    /// burns neither order nor tip. What neither trades nor rests is armed again under the same number, with the part of the tip that is
    /// its own, rounded up: a fill of dust takes no stop away.
    /// @param to ledger account that is paid the tip
    /// @param minimumTip least tip worth the caller's while; the account pays no more than it could withdraw after the trade
    function execute(uint256 id, uint32 to, uint256 minimumTip) external returns (uint256 filled, uint256 tip);

    /// @notice An order that waits; all zero if there is none.
    function triggerOrder(uint256 id) external view returns (TriggerOrder memory);

    /// @notice Whether an order's expiry has passed or its purpose is gone: its account has left the order epoch it was armed in
    /// (cancel-all, liquidation), or holds nothing that a reduce-only order could reduce.
    function isVoid(uint256 id) external view returns (bool);
}
