// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IClearingHouse} from "../interfaces/IClearingHouse.sol";
import {Fill, Trade} from "../types/Trade.sol";

/// @title Many small accounts of one owner, for measuring what does not depend on their number
/// @notice Takes the order book's place towards the ledger, so that positions are opened many at a time at any price.
contract Crowd {
    /// @notice The ledger rejected some of the members' orders.
    error MemberRejected(uint256 rejected);

    IClearingHouse private immutable LEDGER;

    /// @notice The account that takes the other side.
    uint32 public immutable counterparty;

    /// @notice Members, by ledger account.
    uint32[] public members;

    constructor(IClearingHouse ledger) {
        LEDGER = ledger;
        counterparty = ledger.openAccount(0);
        IERC20(ledger.quoteToken()).approve(address(ledger), type(uint256).max);
    }

    /// @notice Opens and funds further members, at most 255 in all. The tokens must be here.
    /// @param tokens for each, in the token's decimals
    function enlist(uint256 count, uint256 tokens) external {
        for (uint256 i; i < count; ++i) {
            uint32 account = LEDGER.openAccount(uint8(members.length + 1));
            LEDGER.deposit(account, tokens);
            members.push(account);
        }
    }

    /// @notice Funds the counterparty.
    function fundCounterparty(uint256 tokens) external {
        LEDGER.deposit(counterparty, tokens);
    }

    /// @notice Members `from` to `to` (exclusive) sell `size` each to the counterparty at `price`.
    function sell(uint8 market, uint256 from, uint256 to, uint96 size, uint128 price) external {
        Trade memory trade;
        trade.market = market;
        trade.taker = counterparty;
        trade.caller = address(this);
        trade.buy = true;
        trade.fills = new Fill[](to - from);
        for (uint256 i = from; i < to; ++i) {
            uint32 epoch = LEDGER.reserve(members[i], market, 0, size, address(this));
            trade.fills[i - from] = Fill(members[i], epoch, false, price, size, size);
        }
        uint256 rejected = LEDGER.settle(trade);
        if (rejected != 0) revert MemberRejected(rejected);
    }
}
