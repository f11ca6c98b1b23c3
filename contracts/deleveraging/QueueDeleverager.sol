// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {IInsuranceFund} from "../interfaces/IInsuranceFund.sol";
import {ILiquidationEngine} from "../interfaces/ILiquidationEngine.sol";
import {IMarkPrice} from "../interfaces/IMarkPrice.sol";
import {FixedMath, PPM, SIGNED_WAD, WAD} from "../libraries/FixedMath.sol";
import {LiquidationMath} from "../libraries/LiquidationMath.sol";
import {Health} from "../types/Account.sol";
import {Deleveraging, MarketConfig} from "../types/Market.sol";
import {Action} from "../types/Price.sol";

/// @title Deleveraging account by account: the industry's way, kept as a baseline
/// @notice Mechanism section 8. A keeper lists counterparties; the contract checks that each is on the other side, in profit, and
/// scores no higher than the one before, and closes them one by one at the bankruptcy price. The cost grows with their number, and
/// nothing shows that the list is complete: both are what the tranche engine does away with.
/// @dev Score: (mark / entry)^+-1 * notional / equity, at one mark for all. Equal scores go by account number, so that no account
/// can be listed twice.
contract QueueDeleverager {
    /// @notice The market's bankrupt positions go to the tranche engine.
    error NotQueueMarket(uint8 market);
    /// @notice The waterfall has not left the position to the queue in the past minute. `queuedAt` 0: never.
    error NotQueued(uint32 account, uint8 market, uint256 queuedAt);
    /// @notice The account is not bankrupt. Quote, WAD.
    error NotBankrupt(uint32 account, int256 equity);
    /// @notice The account holds nothing in the market, or nobody is listed.
    error NothingToDeleverage(uint32 account, uint8 market);
    /// @notice The counterparty is not on the other side of the market. Base, WAD.
    error CounterpartyNotOpposite(uint256 position, uint32 counterparty, int256 size);
    /// @notice The counterparty is not in profit at mark. Quote, WAD.
    error CounterpartyNotInProfit(uint256 position, uint32 counterparty, int256 profit);
    /// @notice The counterparty scores higher than the one before it, or equal with a lower or the same number. WAD.
    error CounterpartyOutOfOrder(uint256 position, uint32 counterparty, uint256 score, uint256 previous);

    /// @notice A counterparty's position was closed against a bankrupt one.
    /// @param size base, WAD, signed as the bankrupt position was
    /// @param price quote per base, WAD: the bankruptcy price, but never so far off the mark that the counterparty loses more than
    /// its profit or its equity
    /// @param score WAD
    event CounterpartyDeleveraged(
        uint32 indexed account,
        uint8 indexed market,
        uint32 indexed counterparty,
        int256 size,
        uint256 price,
        uint256 score
    );

    /// @notice The whole call.
    /// @param size base, WAD, closed, signed as the bankrupt position was
    /// @param insured quote, WAD, paid by the insurance fund
    /// @param uncovered quote, WAD: part of the deficit of `size` nobody could be asked for
    event QueueDeleveraged(
        uint32 indexed account,
        uint8 indexed market,
        address indexed keeper,
        int256 size,
        uint256 counterparties,
        uint256 insured,
        uint256 uncovered
    );

    /// @dev What can be closed against one counterparty and how far off the mark it can bear. Quote per base, WAD.
    struct Counterparty {
        uint32 account;
        uint256 size;
        uint256 score;
        uint256 bearable;
    }

    /// @dev The bankrupt position. `deficit`: what is missing for `size`, quote, WAD.
    struct Bankrupt {
        uint32 account;
        uint8 market;
        bool long;
        uint256 mark;
        uint256 size;
        uint256 deficit;
        uint256 insured;
    }

    /// @notice Seconds a position stays with the queue after the waterfall has left it there.
    uint256 public constant QUEUE_WINDOW = 60;

    IClearingHouse public immutable LEDGER;
    IMarkPrice public immutable MARK_PRICE;
    ILiquidationEngine public immutable ENGINE;
    IInsuranceFund public immutable INSURANCE;

    constructor(IClearingHouse ledger, IMarkPrice markPrice, ILiquidationEngine engine, IInsuranceFund insurance) {
        LEDGER = ledger;
        MARK_PRICE = markPrice;
        ENGINE = engine;
        INSURANCE = insurance;
    }

    /// @notice Closes a bankrupt position against the accounts listed, best score first. Anyone, once `liquidate` has left the
    /// position to the queue. Insurance pays first; what it does not pay moves the price from the mark.
    /// @dev Reverts with a typed error that names the first entry out of order; entries beyond what is needed are not looked at.
    /// @param counterparties ledger accounts
    /// @return closed base, WAD
    function deleverage(
        uint32 account,
        uint8 market,
        uint32[] calldata counterparties
    ) external returns (uint256 closed) {
        Bankrupt memory bankrupt = _bankrupt(account, market);
        (Counterparty[] memory queue, uint256 count, uint256 closable) = _check(bankrupt, counterparties);
        if (closable == 0) revert NothingToDeleverage(account, market);
        bankrupt.deficit = FixedMath.divUp(bankrupt.deficit * closable, bankrupt.size);
        bankrupt.size = closable;
        if (bankrupt.deficit != 0) {
            bankrupt.insured = INSURANCE.pay(market, account, bankrupt.deficit);
            bankrupt.deficit -= bankrupt.insured;
        }
        for (uint256 i; i < count; ++i) _close(bankrupt, queue[i]);
        emit QueueDeleveraged(
            account,
            market,
            msg.sender,
            bankrupt.long ? int256(closable) : -int256(closable),
            count,
            bankrupt.insured,
            bankrupt.deficit
        );
        return closable;
    }

    /// @notice The score of a position at the mark of now, WAD; 0 without a position. Keepers sort by it, highest first.
    function scoreOf(uint32 account, uint8 market) external view returns (uint256) {
        IClearingHouse.PositionView memory position = LEDGER.positionOf(account, market);
        if (position.size == 0) return 0;
        return _score(position, MARK_PRICE.peek(market).mark, LEDGER.health(account).equity);
    }

    function _bankrupt(uint32 account, uint8 market) private returns (Bankrupt memory bankrupt) {
        MarketConfig memory config = LEDGER.marketConfig(market);
        if (config.deleveraging != Deleveraging.QUEUE) revert NotQueueMarket(market);
        uint256 queuedAt = ENGINE.queuedAt(account, market);
        if (queuedAt + QUEUE_WINDOW < block.timestamp) revert NotQueued(account, market, queuedAt);
        Health memory health = LEDGER.healthFor(account, Action.DELEVERAGE);
        if (health.equity > 0) revert NotBankrupt(account, health.equity);
        int256 size = LEDGER.positionOf(account, market).size;
        if (size == 0) revert NothingToDeleverage(account, market);
        bankrupt.account = account;
        bankrupt.market = market;
        bankrupt.long = size > 0;
        bankrupt.size = FixedMath.abs(size);
        bankrupt.mark = MARK_PRICE.priceFor(market, Action.DELEVERAGE).mark;
        uint256 rate = (uint256(config.initialMarginRate) * WAD) / PPM / 2;
        uint256 margin = LiquidationMath.maintenanceOf(bankrupt.size, bankrupt.mark, rate);
        bankrupt.deficit = uint256(-LiquidationMath.equityShare(health.equity, margin, health.maintenanceMargin));
    }

    /// @dev Looks at the list until it covers the position; nothing has been closed yet, so every score is at the same state.
    function _check(
        Bankrupt memory bankrupt,
        uint32[] calldata counterparties
    ) private returns (Counterparty[] memory queue, uint256 count, uint256 closable) {
        queue = new Counterparty[](counterparties.length);
        Counterparty memory previous;
        previous.score = type(uint256).max;
        for (; count < counterparties.length && closable < bankrupt.size; ++count) {
            Counterparty memory next = _look(bankrupt, count, counterparties[count]);
            bool ordered =
                next.score < previous.score || (next.score == previous.score && next.account > previous.account);
            if (!ordered) revert CounterpartyOutOfOrder(count, next.account, next.score, previous.score);
            next.size = FixedMath.min(next.size, bankrupt.size - closable);
            closable += next.size;
            queue[count] = next;
            previous = next;
        }
    }

    function _look(
        Bankrupt memory bankrupt,
        uint256 position,
        uint32 account
    ) private returns (Counterparty memory counterparty) {
        IClearingHouse.PositionView memory held = LEDGER.positionOf(account, bankrupt.market);
        if (held.size == 0 || (held.size > 0) == bankrupt.long) {
            revert CounterpartyNotOpposite(position, account, held.size);
        }
        int256 profit = FixedMath.divDown(held.size * int256(bankrupt.mark), SIGNED_WAD) + held.quote;
        if (profit <= 0) revert CounterpartyNotInProfit(position, account, profit);
        int256 equity = LEDGER.healthFor(account, Action.LIQUIDATE).equity;
        counterparty.account = account;
        counterparty.size = FixedMath.abs(held.size);
        counterparty.score = _score(held, bankrupt.mark, equity);
        uint256 most = equity <= 0 ? 0 : FixedMath.min(uint256(profit), uint256(equity));
        counterparty.bearable = (most * WAD) / counterparty.size;
    }

    /// @dev The bankruptcy price of what is left, so that what one counterparty cannot bear falls to the next.
    function _close(Bankrupt memory bankrupt, Counterparty memory counterparty) private {
        uint256 missing = FixedMath.divUp(bankrupt.deficit * WAD, bankrupt.size);
        uint256 offset = FixedMath.min(missing, counterparty.bearable);
        if (!bankrupt.long) offset = FixedMath.min(offset, bankrupt.mark - 1);
        uint256 price = bankrupt.long ? bankrupt.mark + offset : bankrupt.mark - offset;
        int256 size = bankrupt.long ? int256(counterparty.size) : -int256(counterparty.size);
        bankrupt.size -= counterparty.size;
        bankrupt.deficit -= FixedMath.min(bankrupt.deficit, FixedMath.wadDown(counterparty.size, offset));
        LEDGER.transferPosition(bankrupt.account, counterparty.account, bankrupt.market, size, price, 0, false);
        emit CounterpartyDeleveraged(
            bankrupt.account,
            bankrupt.market,
            counterparty.account,
            size,
            price,
            counterparty.score
        );
    }

    function _score(
        IClearingHouse.PositionView memory position,
        uint256 mark,
        int256 equity
    ) private pure returns (uint256) {
        uint256 notional = FixedMath.wadUp(FixedMath.abs(position.size), mark);
        return LiquidationMath.queueScore(position.size > 0, mark, position.breakEven, notional, equity);
    }
}
